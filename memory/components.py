"""Ablation by component: which parts of blueprints occur in winners, with uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from warnings import catch_warnings

from . import candidates, scores
from .store import Memory

SHARE_OF_WINNERS = 0.25
"""Which part of the scored candidates counts as winners when components are compared."""
FEWEST = 4
"""Fewer candidates than this on either side say nothing about a component."""


@dataclass(frozen=True)
class Component:
    """A production of the grammar, and how candidates with it did beside those without.

    `difference` is the mean score with it minus without, signed so that positive is
    better, and `low` to `high` its 95 % interval (Welch), without regard to what else
    differed: a hint of where to look, no claim. `among_winners` and `overall` are the
    shares of the candidates that have it.
    """

    name: str
    count: int
    overall: float
    among_winners: float
    difference: float
    low: float
    high: float


def components(memory: Memory, id_: str, tier: str, direction: str) -> list[Component]:
    """Every production that some of the search's candidates have and others lack, best first.

    Of candidates with a blueprint and a score at `tier`, each by its mean over runs.
    """
    sign = 1.0 if direction == "max" else -1.0
    score = {c: sign * s for c, s in _means(memory, id_, tier).items()}
    parts = {
        proposal.candidate.id: {node.production for _, node in proposal.candidate.blueprint.walk()}
        for proposal in candidates.proposals(memory, id_)
        if proposal.candidate.blueprint is not None and proposal.candidate.id in score
    }
    ranked = sorted(parts, key=lambda c: -score[c])
    winners = set(ranked[: max(1, round(SHARE_OF_WINNERS * len(ranked)))])
    found = [
        component
        for name in sorted(set().union(*parts.values()))
        if (component := _component(name, parts, score, winners)) is not None
    ]
    return sorted(found, key=lambda component: -component.difference)


def _component(
    name: str, parts: Mapping[str, set[str]], score: Mapping[str, float], winners: set[str]
) -> Component | None:
    import numpy as np
    from scipy.stats import ttest_ind

    having = [c for c in parts if name in parts[c]]
    lacking = [score[c] for c in parts if name not in parts[c]]
    if min(len(having), len(lacking)) < FEWEST:
        return None
    with_it = [score[c] for c in having]
    difference = float(np.mean(with_it) - np.mean(lacking))
    if np.var(with_it) + np.var(lacking) == 0:
        low = high = difference
    else:
        with catch_warnings(action="ignore", category=RuntimeWarning):  # of one side all alike
            interval = ttest_ind(with_it, lacking, equal_var=False).confidence_interval(0.95)
        low, high = float(interval.low), float(interval.high)
    among = sum(c in winners for c in having) / len(winners)
    return Component(name, len(having), len(having) / len(parts), among, difference, low, high)


def _means(memory: Memory, id_: str, tier: str) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in scores.searched(memory, id_, tier):
        found.setdefault(row["candidate"], []).append(row["score"])
    return {candidate: sum(values) / len(values) for candidate, values in found.items()}

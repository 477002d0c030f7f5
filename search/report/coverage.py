"""What a campaign covered: the kinds of candidates it tried, and the trade-offs it found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ...evaluators.domain import Objective
from ...memory import Memory, evaluations
from ...space import Status
from ..strategies.archive import Archive, Elite, place_of
from .pareto import front, hypervolume

Measured = Mapping[str, Mapping[str, float]]
"""Metrics by candidate: medians over seeds, at one tier."""


@dataclass(frozen=True)
class ArchiveCoverage:
    """How a campaign's candidates spread over its domain's descriptors (MAP-Elites)."""

    descriptors: tuple[str, ...]
    kinds: int
    """Cells that hold a candidate."""
    share: float
    """Of all cells, 0..1."""
    qd_score: float
    """The best scores of all kinds above the worst score of any, summed."""


@dataclass(frozen=True)
class TradeOff:
    """Candidates that no other beats in every objective, best first objective first."""

    objectives: tuple[str, ...]
    points: dict[str, tuple[float, ...]]
    """The objectives' values by candidate."""
    hypervolume: float
    """The share that they dominate of the box from the worst to the best seen, 0..1."""


def measured(memory: Memory, campaign: str, tier: str) -> Measured:
    """What the campaign's runs at `tier` measured, its references among them."""
    values: defaultdict[str, defaultdict[str, list[float]]]
    values = defaultdict(lambda: defaultdict(list))
    for stored in evaluations.of_campaign(memory, campaign):
        if stored.run.tier == tier and stored.evaluation.status is Status.OK:
            for name, value in stored.evaluation.metrics.items():
                values[stored.run.candidate][name].append(value)
    return {
        candidate: {name: median(found) for name, found in metrics.items()}
        for candidate, metrics in values.items()
    }


def coverage(
    found: Measured, descriptors: Sequence[str], objective: Objective
) -> ArchiveCoverage | None:
    """The spread of the candidates; None where none has all `descriptors`."""
    archive = Archive(buffer=max(1, len(found)))
    for candidate, metrics in found.items():
        place = place_of(metrics, descriptors)
        if place:
            archive.add(Elite(candidate, objective.sign * metrics[objective.name], place))
    if not len(archive):
        return None
    archive.redraw()
    return ArchiveCoverage(tuple(descriptors), len(archive), archive.coverage, archive.qd_score)


def trade_off(found: Measured, objectives: Sequence[Objective]) -> TradeOff | None:
    """The Pareto front; None for a single objective, or where nobody was measured in all."""
    names = tuple(objective.name for objective in objectives)
    rows = {c: m for c, m in found.items() if all(name in m for name in names)}
    if len(objectives) < 2 or not rows:
        return None
    points = [tuple(o.sign * metrics[o.name] for o in objectives) for metrics in rows.values()]
    low, high = (tuple(map(bound, zip(*points, strict=True))) for bound in (min, max))
    scaled = [
        tuple((x - a) / (b - a) if b > a else 1.0 for x, a, b in zip(p, low, high, strict=True))
        for p in points
    ]
    ids = list(rows)
    best = {ids[i]: tuple(rows[ids[i]][name] for name in names) for i in front(points)}
    return TradeOff(names, best, hypervolume(scaled, (0.0,) * len(names)))

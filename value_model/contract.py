"""What a predictor is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from math import isfinite
from typing import Protocol, runtime_checkable

from ..space import Candidate


@dataclass(frozen=True)
class Sample:
    """A candidate with what is known of it before its run.

    `free` holds figures that cost no evaluation (parameters, FLOPs, init-time probes, or
    the free columns of a table); `parent_score` is its parent's at the same tier;
    `trend` how much scores gained a generation on the way to that parent (see `trend_of`).
    """

    candidate: Candidate
    domain: str = ""
    tier: str = ""
    free: Mapping[str, float] = field(default_factory=dict)
    parent_score: float | None = None
    trend: float | None = None


GENERATIONS = 3
"""Edits that a trend looks back over, at most."""


def trend_of(line: Sequence[float | None]) -> float | None:
    """The mean gain an edit on the way to a parent, in the unit of scores: `line` has the parent's
    score, that of its own parent, and so on upwards. None where only the first is known."""
    known = [
        score for score in takewhile(lambda score: score is not None, line) if score is not None
    ]
    recent = known[: GENERATIONS + 1]
    return (recent[0] - recent[-1]) / (len(recent) - 1) if len(recent) > 1 else None


@dataclass(frozen=True)
class Prediction:
    """A guess of a score: its mean, and its standard deviation.

    `upside` is how far one standard deviation reaches above the mean where that is not
    `spread`: scores crowd near the best, so there is more room for failure than for success.
    """

    mean: float
    spread: float
    upside: float | None = None

    @property
    def hope(self) -> float:
        """One standard deviation above the mean."""
        return self.mean + (self.spread if self.upside is None else self.upside)

    @property
    def is_finite(self) -> bool:
        return all(map(isfinite, (self.mean, self.spread, self.hope)))


class Predictor(Protocol):
    """Learns scores (higher is better) and predicts them with a spread."""

    @property
    def ready(self) -> bool:
        """Whether it has learnt anything; if not, it predicts the prior."""
        ...

    @property
    def doubt(self) -> str:
        """Why its predictions should not choose as yet, in a few words; else empty."""
        ...

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        """Learn from all results so far; replaces what was learnt before."""
        ...

    def predict(self, samples: Sequence[Sample]) -> Sequence[Prediction]:
        """One prediction a sample, in order. Before `fit`: the prior."""
        ...


@runtime_checkable
class Surveyor(Protocol):
    """A predictor that says, before it knows any score, where it knows least: optional."""

    def unfamiliar(self, known: Sequence[Sample], samples: Sequence[Sample]) -> Sequence[float]:
        """How little results of `known` would say of each of `samples`: more is less."""
        ...


@runtime_checkable
class Tierwise(Predictor, Protocol):
    """A predictor that learns several tiers, and predicts each sample at its own: optional."""

    def knows(self, tier: str) -> bool:
        """Whether it has learnt enough of a tier to predict it."""
        ...

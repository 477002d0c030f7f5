"""Runs that show early how they will end, and may be stopped there: optional for a domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..sandbox import Session
from ..space import Candidate
from .domain import Measurement, Tier

FORESEEN, BAR = "foreseen", "bar"
"""Metrics of a run that was stopped: where its score was headed, and which one it had to beat.

Neither is a score.
"""


class StoppedEarly(Exception):
    """A run is not worth going on with: headed for `foreseen`, it will not reach `bar`."""

    def __init__(self, reason: str, foreseen: float, bar: float, curve: Sequence[float]) -> None:
        super().__init__(reason)
        self.foreseen = foreseen
        self.bar = bar
        self.curve = tuple(curve)


class Watch(Protocol):
    """Looks at a run under way."""

    def __call__(self, steps: Sequence[float], scores: Sequence[float]) -> None:
        """What it scored so far, oldest first, as the objective has it; raises StoppedEarly."""
        ...


@runtime_checkable
class Stoppable(Protocol):
    """A domain that scores a run on its way: on the data that its end is scored on."""

    def last_step(self, tier: Tier) -> float | None:
        """Where a run at `tier` ends, in the unit of its curve; None where there is no curve."""
        ...

    def run_watched(
        self, candidate: Candidate, tier: Tier, seed: int, session: Session, watch: Watch
    ) -> Measurement:
        """As `run`; shows `watch` the curve whenever it got longer, and lets it raise."""
        ...

"""How long runs take on this machine, by tier."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from ...evaluators.domain import Tier


def seconds(amount: float) -> str:
    """Seconds in a sentence, without a false precision."""
    return f"{amount:.0f} s" if amount >= 10 else f"{amount:.2g} s"


KEPT = 31
"""Runs of each tier that are remembered, the newest: a machine may get busier."""


@dataclass
class RunTimes:
    """Seconds that runs held their slot, told as they end.

    A tier that nobody saw yet is expected to be as much dearer than its domain says as
    `ranking`, the tier most runs are made at, turned out to be.
    """

    ranking: Tier
    _held: dict[str, deque[float]] = field(default_factory=dict)

    def note(self, tier: str, seconds: float) -> None:
        """A run of `tier` ended well after so many seconds."""
        self._held.setdefault(tier, deque(maxlen=KEPT)).append(seconds)

    @property
    def dearness(self) -> float:
        """How dear runs are, as a multiple of what the ranking tier is expected to take."""
        held = self._held.get(self.ranking.name)
        return median(held) / self.ranking.expected_s if held else 1.0

    def expected(self, tier: Tier) -> float:
        """How many seconds a run of `tier` will hold its slot."""
        held = self._held.get(tier.name)
        return median(held) if held else tier.expected_s * self.dearness

    def expected_together(self, tiers: Sequence[Tier]) -> float:
        """How many seconds one candidate takes to go through all of `tiers`."""
        return sum(self.expected(tier) for tier in tiers)

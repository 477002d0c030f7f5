"""What held-back results say of a value model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .calibration import Coverage

MIN_RESULTS = 8
TELLING = 32
"""Results from which a held-back correlation may tell a model from luck. With few, leaving
one out moves all others away from it: at 8, models whose correlation with thousands of
other rows was 0.2 to 0.6 seemed no better than luck more often than not."""


@dataclass(frozen=True)
class Report:
    """How good the model is, found on results held back from it one at a time.

    `tau` is Kendall's rank correlation of predicted and measured scores. Where at least
    MIN_RESULTS candidates have a parent, `parent_tau` is that of the parent's score, and
    `child_tau` the model's on the same candidates. `shares` is how much of the prior
    variance each family of features explains.
    """

    results: int
    tau: float
    parent_tau: float | None
    child_tau: float | None
    coverage: Coverage
    shares: Mapping[str, float]

    @property
    def words(self) -> str:
        """How well it ranks, and how far its intervals are to be trusted."""
        return (
            f"held-back Kendall tau {self.tau:.2f}, {self.coverage.at(0.9):.0%} within 90 % "
            f"intervals, calibration error {self.coverage.error:.2f}"
        )

    @property
    def chance(self) -> float:
        """What one in five rankings without any knowledge would reach by luck.

        From the normal approximation of Kendall's tau (Kendall 1938).
        """
        n = self.results
        return 0.842 * math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))

    @property
    def doubt(self) -> str:
        """Why the model should not choose, or nothing where it ranks better than luck (as
        far as TELLING results can show), and better than the parent's score where that says
        anything at all."""
        words = "held-back Kendall tau {:.2f} is no better than the {:.2f} of {}"
        parent, child = self.parent_tau, self.child_tau
        if parent is not None and child is not None and self.chance < parent >= child:
            return words.format(child, parent, "the parent's score")
        if self.results >= TELLING and self.tau <= self.chance:
            return words.format(self.tau, self.chance, "luck")
        return ""

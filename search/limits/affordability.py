"""Whether what is left of a budget pays for what comes next: the search stops where it does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...evaluators.domain import Tier
from .budget import LEAST_RUNS, SECONDS, Budget
from .run_times import RunTimes, seconds
from .stop import Progress

MARGIN = 1.25
"""Runs of a verification are planned as this much dearer than they were in the search."""


@dataclass(frozen=True)
class NextTooDear:
    """Stops where the next run, with those that follow it, would take more than is left.

    `ahead` gives the tiers that the next run leads through where all goes well.
    """

    budget: Budget
    times: RunTimes
    ahead: Callable[[], Sequence[Tier]]

    def __call__(self, progress: Progress) -> str | None:
        expected = self.times.expected_together(self.ahead())
        for unit in SECONDS:
            left = self.budget.left(unit, progress.committed)
            if expected > left:
                return (
                    f"{seconds(left)} of {unit.label} are left to search, "
                    f"what comes next takes about {seconds(expected)}"
                )
        return None


@dataclass(frozen=True)
class VerificationDue:
    """Stops where what is left just pays for the smallest verification.

    Nothing is kept that would take more than half of the budget: then there is none.
    """

    budget: Budget
    times: RunTimes
    slots: int

    def __call__(self, progress: Progress) -> str | None:
        run = self.times.expected(self.times.ranking)
        # The last run of the search may just have begun, with the other slots idle.
        needed = (LEAST_RUNS * MARGIN + self.slots) * run
        whole = self.budget.slot_seconds_left({}, self.slots)
        left = self.budget.slot_seconds_left(progress.committed, self.slots)
        if needed > whole / 2 or left > needed:
            return None
        return "what is left is kept for verification"

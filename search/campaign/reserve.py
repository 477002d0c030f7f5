"""What of a budget is kept for validation and verification, while there is still a search."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ...evaluators.domain import Domain, Tier
from ...evaluators.sampling import Sampled, too_slow
from ...memory.evaluations import Purpose, Run
from ...space import Evaluation
from ..limits.affordability import MARGIN
from ..limits.budget import Budget, Unit
from ..limits.run_times import RunTimes
from ..limits.stop import Progress
from ..limits.verification_plan import PLENTY
from ..setup.references import reference_names
from ..setup.settings import Settings
from ..tiers.allotment import allotted
from ..tiers.scoreboard import Scoreboard

SHARE = 0.25
"""Of a budget, the most that a search leaves to validation."""
CHOSEN_FROM = 3
"""The best of a search that are run on the items of validation, to choose one of them."""


@dataclass(frozen=True)
class Need:
    """Slot-seconds and evaluations."""

    seconds: float
    evaluations: float


@dataclass(frozen=True)
class Kept:
    """Stops where no more is left of `budget` than is needed for what comes after."""

    budget: Budget
    slots: int
    needed: Callable[[], Need]

    def __call__(self, progress: Progress) -> str | None:
        left, need = progress.committed, self.needed()
        time = self.budget.slot_seconds_left(left, self.slots)
        if need.seconds < time and need.evaluations < self.budget.left(Unit.EVALUATIONS, left):
            return None
        return "what is left is kept to compare with the references"


@dataclass(frozen=True)
class Reserve:
    """Works out what is to be kept, from what is known of the time that runs take."""

    settings: Settings
    domain: Domain
    board: Scoreboard
    times: RunTimes
    slots: int

    @cached_property
    def tier(self) -> Tier | None:
        """Where the best is held against all references: a dearer tier than that of the search.

        None where the domain's runs cannot end early, or the budget counts too few evaluations.
        """
        last = self.domain.tiers[-1]
        runs = len(self.domain.references) + CHOSEN_FROM
        if runs == CHOSEN_FROM or runs > SHARE * self._limit(Unit.EVALUATIONS):
            return None
        usable = isinstance(self.domain, Sampled) and last.ranks and last != self.times.ranking
        return last if usable else None

    def postpones(self, run: Run, evaluation: Evaluation) -> bool:
        """Whether the references that still wait are left to validation after this run.

        They go from cheap to dear: after one that is too slow to search beside, the others are.
        """
        at_search = run.purpose is Purpose.REFERENCE and run.tier == self.times.ranking.name
        return at_search and too_slow(evaluation) and self.tier is not None

    def after_search(self) -> Need:
        """For validation and verification; nothing where nothing is validated."""
        tier, whole = self.tier, self._whole
        if tier is None:
            return Need(-math.inf, -math.inf)
        ids = reference_names(self.domain)
        waiting = [id_ for id_ in ids if self.board.standing(id_, tier.name) is None]
        expected = sum(self._expected(id_, tier) for id_ in waiting)
        expected += CHOSEN_FROM * self.times.expected(tier)
        runs = len(waiting) + CHOSEN_FROM
        share = self.settings.verify_share
        seconds = _of(share, whole) + min(SHARE * whole, expected)
        return Need(seconds, _of(share, self._limit(Unit.EVALUATIONS)) + runs)

    def after_validation(self) -> Need:
        """For verification: its share, or less where that would not be used up."""
        tier, share = self.tier or self.times.ranking, self.settings.verify_share
        enough = MARGIN * PLENTY * self.times.expected(tier)
        return Need(min(_of(share, self._whole), enough), _of(share, self._limit(Unit.EVALUATIONS)))

    def _expected(self, reference: str, tier: Tier) -> float:
        """What a reference may take: all that is allotted, where it had no score in time."""
        bounds = allotted(self.settings, self.slots, tier, compared=True)
        if self.board.standing(reference, self.times.ranking.name) is None:
            return bounds.seconds
        return min(bounds.seconds, self.times.expected(tier))

    @property
    def _whole(self) -> float:
        return self.settings.budget.slot_seconds_left({}, self.slots)

    def _limit(self, unit: Unit) -> float:
        return self.settings.budget.limits.get(unit, math.inf)


def _of(share: float, limit: float) -> float:
    """A share of a limit; where there is none, nothing has to be kept."""
    return share * limit if limit < math.inf else -math.inf

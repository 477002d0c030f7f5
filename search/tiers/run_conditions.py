"""Under what conditions a campaign makes a run: what may stop it, and how far it goes."""

from __future__ import annotations

from dataclasses import dataclass

from ...evaluators.domain import Domain
from ...evaluators.sampling import Bounds, Sampled
from ...evaluators.stopping import Watch
from ...memory.evaluations import Purpose, Run
from ..limits.budget import SECONDS
from ..setup.settings import Settings
from .allotment import allotted
from .curves import stopper_for
from .scoreboard import Scoreboard


@dataclass(frozen=True)
class Conditions:
    """Those of the runs on `slots`, by what is known on `board`."""

    settings: Settings
    domain: Domain
    board: Scoreboard
    slots: int

    def watch(self, run: Run) -> Watch | None:
        """What may stop a run of the search, where that saves anything of the budget."""
        saves = not self.settings.budget.limits.keys().isdisjoint(SECONDS)
        if run.purpose is not Purpose.SEARCH or not saves:
            return None
        return stopper_for(self.domain, self.board, run.tier)

    def bounds(self, run: Run, bar: float | None) -> Bounds | None:
        """How far a run may go, where its domain can end one early: a reference at most until it
        is settled on which side of `bar` it lies."""
        tier = next((tier for tier in self.domain.tiers if tier.name == run.tier), None)
        if tier is None or not isinstance(self.domain, Sampled):
            return None
        # At a dearer tier than that of the search, the best is compared with the references.
        dearer = tier.ranks and tier != self.board.ranking_tier
        compared = dearer or run.purpose is Purpose.VERIFY
        against = bar if run.purpose is Purpose.REFERENCE else None
        return allotted(self.settings, self.slots, tier, compared=compared, bar=against)

"""What one run may take of a campaign's time, in domains whose runs can end early."""

from __future__ import annotations

from ...evaluators.domain import Tier
from ...evaluators.sampling import IN_TIME, LEAST_ITEMS, Bounds
from ..setup.settings import Settings

SEARCH_RUNS, OTHER_RUNS = 40, 20
"""A budget pays for so many runs of a search, or of validation and verification, at least."""


def allotted(
    settings: Settings, slots: int, tier: Tier, *, compared: bool, bar: float | None = None
) -> Bounds:
    """The bounds of one run. Where it is not `compared`, it orders candidates in a search, and must
    rest on enough items; with a `bar` it is to be seen whether the score reaches that."""
    whole = settings.budget.slot_seconds_left({}, slots)
    share = whole / (OTHER_RUNS if compared else SEARCH_RUNS)
    seconds = min(share, IN_TIME * tier.limits.wall_s)
    return Bounds(seconds, 1 if compared else LEAST_ITEMS, bar)

"""Which finalists to verify, at which tier, with how many seeds: what the share affords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...evaluators.domain import Tier

MIN_SEEDS = 3
"""With fewer paired seeds, nothing is claimed."""
MAX_SEEDS = 5
MAX_FINALISTS = 3
PLENTY = (MAX_FINALISTS + 1) * MAX_SEEDS
FIRST_SEED = 1000
"""Search and calibration use small seeds; verification starts here, so its seeds are fresh."""


@dataclass(frozen=True)
class VerificationPlan:
    """Finalists and one reference, each to be run at `tier` with every one of `seeds`."""

    tier: Tier
    finalists: int
    seeds: tuple[int, ...]

    @property
    def runs(self) -> int:
        """How many evaluations the plan takes, the reference's included."""
        return (self.finalists + 1) * len(self.seeds)


def plan_verification(
    tiers: Sequence[Tier],
    finalists: int,
    slot_seconds: float,
    evaluations: float,
    cost: float = 1.0,
) -> VerificationPlan | None:
    """The highest ranking tier that affords at least three paired seeds, or None.

    `slot_seconds` and `evaluations` are what is left (either may be infinite); `cost`
    is how dear runs have been here, as a multiple of the tiers' expected seconds. What
    is left over goes to more seeds first, then to more finalists: where runs turn out
    dearer than planned, three pairs of each are complete all the same.
    """
    if finalists < 1:
        return None
    for tier in reversed([tier for tier in tiers if tier.ranks]):
        affordable = min(slot_seconds / (tier.expected_s * cost), evaluations, PLENTY)
        if affordable < 2 * MIN_SEEDS:
            continue
        chosen = max(1, min(finalists, MAX_FINALISTS, int(affordable / MAX_SEEDS) - 1))
        seeds = min(MAX_SEEDS, int(affordable / (chosen + 1)))
        return VerificationPlan(tier, chosen, tuple(range(FIRST_SEED, FIRST_SEED + seeds)))
    return None

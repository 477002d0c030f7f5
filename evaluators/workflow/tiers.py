"""The tiers: how many items a workflow answers, and which."""

from __future__ import annotations

from ...sandbox import Limits
from ..domain import Tier
from .items import Split

PROTOCOL = 2
"""Raise it with any change of tasks, tiers or limits that changes what a score means."""

ITEMS = {"quick": 96, "standard": 384}
"""Items of each tier, spread evenly over the tasks."""

SPLITS = {"quick": Split.SEARCH, "standard": Split.VALIDATION}
FIRST_TEST_SEED = 1000
"""From this seed on, every tier draws test items: no search ever uses one of these."""

THREADS = 64
"""A workflow answers in a thread of its own, and LangGraph runs branches side by side."""

TIERS = (
    Tier("quick", Limits(wall_s=300, cpu_s=60, threads=THREADS), expected_s=1.0),
    Tier("standard", Limits(wall_s=1200, cpu_s=240, threads=THREADS), expected_s=4.0),
)


def split_of(tier: str, seed: int) -> Split:
    """Which items a run at `tier` with `seed` sees."""
    return Split.TEST if seed >= FIRST_TEST_SEED else SPLITS[tier]

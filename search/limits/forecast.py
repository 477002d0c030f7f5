"""How far what is left of a budget goes, at the pace so far."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from .budget import Budget, Spent, Unit


def evaluations_left(budget: Budget, spent: Spent, evaluations: int) -> float | None:
    """How many more evaluations `budget` pays for, each as dear as those so far were.

    None where nothing has ended yet, or no limit is being spent.
    """
    if not evaluations:
        return None
    paces = {unit: spent.get(unit, 0.0) / evaluations for unit in budget.limits}
    left = [budget.left(unit, spent) / pace for unit, pace in paces.items() if pace > 0]
    return min(left, default=None)


def affordable(
    limits: Mapping[Unit, float], expected_s: float, slots: int, *, each: int = 1, first: int = 0
) -> float:
    """How many candidates a budget pays for that nothing was spent of yet.

    One takes `expected_s` seconds of a slot, all in one piece, and `each` evaluations; `first`
    evaluations are others'.
    """
    budget = Budget(limits)
    wall = budget.left(Unit.WALL, {})
    rounds = wall // expected_s if wall < inf else inf
    seconds = budget.slot_seconds_left({}, slots)
    left = budget.left(Unit.EVALUATIONS, {}) - first
    return max(0.0, min(rounds * slots, seconds / expected_s, left / each))

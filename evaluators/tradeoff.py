"""A score traded off against a cost with a target, as one figure to search by."""

from __future__ import annotations

import math

SOFT = -0.07
"""Twice the cost is worth 5 % of the score: what MnasNet's authors chose."""


def constrained(score: float, cost: float, target: float, *, hard: bool = False) -> float:
    """A score traded off against a cost with a target (MnasNet: Tan et al. 2019, equation 2).

    Soft: score * (cost / target) ** -0.07 on both sides of the target. Hard: nothing for
    being below it, and score * target / cost above. Raises ValueError unless the score is 0 or
    more, and cost and target are positive and comparable: the formula has no meaning elsewhere.
    """
    if score < 0 or cost <= 0 or target <= 0 or cost / target in (0, math.inf):
        raise ValueError(
            f"expected a score of 0 or more, positive cost and target of like size; "
            f"got {score:g}, {cost:g} and {target:g}"
        )
    if hard:
        return score * min(1.0, target / cost)
    return float(score * (cost / target) ** SOFT)

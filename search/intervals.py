"""How far the mean of a few seeds may lie from that of all."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Spread = TypeVar("Spread", float, NDArray[np.float64])


def student_margin(deviation: Spread, count: int, tail: float) -> Spread:
    """Half the width of Student's interval (1908) of the mean of `count` values, from two, whose
    standard deviation is `deviation`; outside lies `tail` on either side."""
    from scipy.special import stdtrit  # who draws no interval does not wait for it

    return float(stdtrit(count - 1, 1 - tail)) * deviation / math.sqrt(count)

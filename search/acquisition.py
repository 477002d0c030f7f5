"""Which of several predicted proposals to run: rules over mean and spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from ..value_model import Prediction

Acquisition = Callable[[Sequence[Prediction], float, Random], list[float]]
"""(predictions, best score so far, randomness) -> worth of each; the highest is run."""


def thompson(predictions: Sequence[Prediction], best: float, rng: Random) -> list[float]:
    """A draw from each prediction (Thompson 1933)."""
    return [rng.gauss(p.mean, p.spread) for p in predictions]


def upper_bound(predictions: Sequence[Prediction], best: float, rng: Random) -> list[float]:
    """Mean and one spread on top."""
    return [p.mean + p.spread for p in predictions]


def expected_improvement(
    predictions: Sequence[Prediction], best: float, rng: Random
) -> list[float]:
    """The expected gain over `best` of a normal prediction (Jones et al. 1998, eq. 15)."""
    return [_improvement(p, best) for p in predictions]


def _improvement(prediction: Prediction, best: float) -> float:
    spread = max(prediction.spread, 1e-12)
    z = (prediction.mean - best) / spread
    if z < -30:
        return spread * -z * math.exp(-900.0) + z * 1e-300
    density = math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return spread * (z * 0.5 * math.erfc(-z / math.sqrt(2)) + density)

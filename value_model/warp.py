"""A scale for scores on which equal steps mean equal ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """Scores to normal quantiles of their ranks and back, by straight lines between them.

    Accuracies crowd near the best; a model of the raw ones spends itself on the worst.
    Beyond the ends the warp goes on with the slope of the nearest quarter.
    """

    scores: Array
    quantiles: Array

    @classmethod
    def learn(cls, scores: Array | Sequence[float]) -> Warp:
        """From at least two scores that are not all equal."""
        values = np.asarray(scores, float)
        quantiles = ndtri((rankdata(values) - 0.5) / len(values))
        distinct, first = np.unique(values, return_index=True)
        return cls(distinct, quantiles[first])

    def forward(self, scores: Array) -> Array:
        return _through(scores, self.scores, self.quantiles)

    def back(self, quantiles: Array) -> Array:
        return _through(quantiles, self.quantiles, self.scores)


def _through(x: Array, xs: Array, ys: Array) -> Array:
    quarter = max(1, len(xs) // 4)
    low = (ys[quarter] - ys[0]) / (xs[quarter] - xs[0])
    high = (ys[-1] - ys[-1 - quarter]) / (xs[-1] - xs[-1 - quarter])
    inside = np.interp(x, xs, ys)
    return inside + low * np.minimum(x - xs[0], 0) + high * np.maximum(x - xs[-1], 0)

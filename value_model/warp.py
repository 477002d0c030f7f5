"""A scale for scores, between equal steps in rank and equal steps in score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]

STEEPEST = 1e3
"""No step in rank counts as more, or less, than so many times the step in score."""


@dataclass(frozen=True)
class Scales:
    """Scores (n,) on both scales that a warp lies between, each of the same variance.

    `ranks` are normal quantiles of their ranks. `straight` is the score itself, with far
    outliers drawn in. `steps` is the log of how much faster the first grows than the second,
    and `likeness` the correlation of the two.
    """

    ranks: Array
    straight: Array
    steps: Array
    likeness: float

    @classmethod
    def of(cls, scores: Array | Sequence[float]) -> Scales:
        """From at least two scores that are not all equal."""
        values = np.asarray(scores, float)
        ranks = ndtri((rankdata(values) - 0.5) / len(values))
        straight = _drawn_in(values, ranks)
        likeness = float(np.corrcoef(ranks, straight)[0, 1])
        return cls(ranks, straight, _steps(ranks, straight), likeness)

    def __getitem__(self, some: NDArray[np.intp]) -> Scales:
        return Scales(self.ranks[some], self.straight[some], self.steps[some], self.likeness)


def _drawn_in(values: Array, ranks: Array) -> Array:
    """Scores in units of their inner two thirds, tails by an inverse hyperbolic sine."""
    with np.errstate(over="ignore", invalid="ignore"):
        low, middle, high = np.quantile(values, [0.16, 0.5, 0.84])
        unit = (high - low) or 2 * values.std()
        drawn = np.arcsinh((values - middle) / unit)
        spread = drawn.std()
    if not np.isfinite(unit) or not spread > 0:
        return ranks
    scaled: Array = (drawn - drawn.mean()) * (ranks.std() / spread) + ranks.mean()
    return scaled


def _steps(ranks: Array, straight: Array) -> Array:
    """Log slopes of one scale on the other, each over an eighth of the scores on both sides."""
    order = np.argsort(straight, kind="stable")
    place = np.arange(len(order))
    reach = max(2, len(order) // 8)
    above, below = (order[np.clip(place + step, 0, place[-1])] for step in (reach, -reach))
    rise, run = ranks[above] - ranks[below], straight[above] - straight[below]
    steps = np.empty(len(order))
    steps[order] = np.log(np.clip((rise + 1e-9) / (run + 1e-9), 1 / STEEPEST, STEEPEST))
    return steps


@dataclass(frozen=True)
class Warp:
    """Scores to a scale on which they are learnt, and back, by straight lines between them.

    Accuracies crowd near the best; a model of the raw ones spends itself on the worst.
    Ranks, in turn, make much of small differences where scores crowd. Beyond the ends
    the warp goes on with the slope of the nearest quarter.
    """

    scores: Array
    quantiles: Array

    @classmethod
    def learn(cls, scores: Array | Sequence[float], straight: float = 0.0) -> Warp:
        """From at least two scores that are not all equal; `straight` is the share of the
        scores themselves in the scale, the rest being normal quantiles of their ranks."""
        scales = Scales.of(scores)
        mixed = (1 - straight) * scales.ranks + straight * scales.straight
        # Of the variance that either has.
        mixed /= np.sqrt(1 - 2 * straight * (1 - straight) * (1 - scales.likeness))
        distinct, first = np.unique(np.asarray(scores, float), return_index=True)
        return cls(distinct, mixed[first])

    def moved(self, scores: Array, mean: float, spread: float) -> Warp:
        """So that `scores` come to have this mean and standard deviation."""
        now = self.forward(scores)
        unit = now.std() or 1.0
        return replace(self, quantiles=mean + spread * (self.quantiles - now.mean()) / unit)

    def continued(self, shape: Warp) -> Warp:
        """With the form of `shape` beyond the ends, stretched as the scores between them are."""
        low, high = self.quantiles[[0, -1]]
        bottom, top = shape.back(np.array([low, high]))
        stretch = (self.scores[-1] - self.scores[0]) / (top - bottom)
        below, above = shape.quantiles < low, shape.quantiles > high
        under = self.scores[0] + stretch * (shape.scores[below] - bottom)
        over = self.scores[-1] + stretch * (shape.scores[above] - top)
        return Warp(
            np.concatenate([under, self.scores, over]),
            np.concatenate([shape.quantiles[below], self.quantiles, shape.quantiles[above]]),
        )

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

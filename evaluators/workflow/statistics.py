"""What a score says: an interval over items, and the noise of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
MIN_WORKFLOWS = 3
STAKES = (0.5, 1.0)
"""Of the most that a bet may be: one half survives a surprise, all of it gains the fastest."""
GRID = 1000
"""Steps between 0 and 1 of an interval that holds at any time."""


@dataclass(frozen=True)
class Interval:
    """A mean over `items` items, and what it may well be instead."""

    mean: float
    low: float
    high: float
    items: int


@dataclass(frozen=True)
class Noise:
    """How much of what a task tells workflows apart by is noise.

    `reliability` is the share of the variance between runs that lies between the workflows:
    the intraclass correlation ICC(1) of Shrout and Fleiss (1979), cut at 0. `ceiling` is
    its square root: no prediction of one run's scores can correlate with them more closely,
    in expectation.
    """

    reliability: float
    ceiling: float


def interval(scores: Sequence[float], seed: int = 0) -> Interval:
    """The mean of `scores`, each from 0 to 1 and one an item, with its 95 % interval.

    The interval is the percentile bootstrap over items (Efron 1979); where all items went
    the same way, which no resampling can vary, that of Clopper and Pearson (1934).
    Raises ValueError without scores.
    """
    values = np.asarray(scores, float)
    if values.ndim != 1 or not len(values):
        raise ValueError("expected at least one score")
    mean, count, tail = float(values.mean()), len(values), (1 - CONFIDENCE) / 2
    if np.ptp(values) == 0 and mean in (0.0, 1.0):
        unlikely = tail ** (1 / count)
        low, high = (unlikely, 1.0) if mean else (0.0, 1 - unlikely)
    else:
        rng = np.random.default_rng(seed)
        means = rng.choice(values, (RESAMPLES, count)).mean(axis=1)
        low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(mean, float(low), float(high), count)


def interval_at_any_time(scores: Sequence[float]) -> Interval:
    """As `interval`, but right also where the scores themselves said when to stop.

    It is the betting confidence interval of Waudby-Smith and Ramdas (2024, section 4), with
    stakes that are fixed beforehand: a mean is left out once a bet against it has won more
    than a fair one would, but one time in 40 for each side, however long it is played.
    """
    values = np.asarray(scores, float)
    means = np.arange(1, GRID) / GRID
    lower, higher = _winnings(values, means)
    enough = 2 / (1 - CONFIDENCE)
    high = means[lower >= enough].min(initial=1.0)
    low = means[higher >= enough].max(initial=0.0)
    return Interval(float(values.mean()), float(low), float(high), len(values))


def settled(scores: Sequence[float], bar: float) -> bool:
    """Whether `interval_at_any_time` of `scores` has come to lie on one side of `bar`."""
    if not 0 < bar < 1:
        return False
    lower, higher = _winnings(np.asarray(scores, float), np.array([bar]))
    return bool(max(lower[0], higher[0]) >= 2 / (1 - CONFIDENCE))


def _winnings(
    scores: NDArray[np.float64], means: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The most that 1 ever became, for each of `means`, in bets that the true one is lower,
    and that it is higher; none of `means` is 0 or 1."""
    surprise = (means - scores[:, None])[:, :, None] * np.array(STAKES)
    lower = np.cumprod(1 + surprise / (1 - means)[:, None], axis=0)
    higher = np.cumprod(1 - surprise / means[:, None], axis=0)
    best = (bets.mean(axis=2).max(axis=0, initial=1.0) for bets in (lower, higher))
    return next(best), next(best)


def noise(scores: ArrayLike) -> Noise:
    """The noise of a task, from `scores` of shape (workflows, runs): equal fidelity, other seeds.

    Raises ValueError for fewer than three workflows or two runs.
    """
    table = np.asarray(scores, float)
    if table.ndim != 2 or table.shape[0] < MIN_WORKFLOWS or table.shape[1] < 2:
        raise ValueError(
            f"expected at least {MIN_WORKFLOWS} workflows by 2 runs, got {table.shape}"
        )
    runs = table.shape[1]
    between = runs * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    spread = between + (runs - 1) * within
    reliability = max((between - within) / spread, 0.0) if spread > 0 else 0.0
    return Noise(float(reliability), float(np.sqrt(reliability)))

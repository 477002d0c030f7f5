"""What a score says: an interval over items, a paired difference, and the noise of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
MIN_WORKFLOWS = 3


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
    in expectation. `retest` is the mean Spearman correlation between two runs.
    """

    reliability: float
    ceiling: float
    retest: float
    workflows: int
    runs: int


def interval(scores: Sequence[float], seed: int = 0) -> Interval:
    """The mean of `scores`, each from 0 to 1 and one an item, with its 95 % interval.

    The interval is the percentile bootstrap over items (Efron 1979); where all items went
    the same way, which no resampling can vary, that of Clopper and Pearson (1934).
    Raises ValueError without scores.
    """
    values = _vector(scores)
    mean, count = float(values.mean()), len(values)
    if np.ptp(values) == 0 and mean in (0.0, 1.0):
        from scipy.stats import binomtest

        exact = binomtest(round(mean * count), count).proportion_ci(CONFIDENCE, method="exact")
        return Interval(mean, float(exact.low), float(exact.high), count)
    return _bootstrapped(values, seed)


def paired(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Interval:
    """By how much `first` is better than `second` on the same items, in the same order.

    The percentile bootstrap of the mean difference. Raises ValueError for other lengths.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} scores against {len(second)}: not the same items")
    return _bootstrapped(_vector(first) - _vector(second), seed)


def noise(scores: ArrayLike) -> Noise:
    """The noise of a task, from `scores` of shape (workflows, runs): equal fidelity, other seeds.

    Raises ValueError for fewer than three workflows or two runs.
    """
    table = np.asarray(scores, float)
    if table.ndim != 2 or table.shape[0] < MIN_WORKFLOWS or table.shape[1] < 2:
        raise ValueError(
            f"expected at least {MIN_WORKFLOWS} workflows by 2 runs, got {table.shape}"
        )
    workflows, runs = table.shape
    between = runs * table.mean(axis=1).var(ddof=1)
    within = table.var(axis=1, ddof=1).mean()
    spread = between + (runs - 1) * within
    reliability = max((between - within) / spread, 0.0) if spread > 0 else 0.0
    return Noise(float(reliability), float(np.sqrt(reliability)), _retest(table), workflows, runs)


def _retest(table: NDArray[np.float64]) -> float:
    """The mean rank correlation between two runs; one without any spread counts as 0."""
    from scipy.stats import rankdata

    ranks = np.array([rankdata(run) for run in table.T])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1)
    scaled = centred / np.where(norms > 0, norms, 1.0)[:, None]
    pairs = (scaled @ scaled.T)[np.triu_indices(len(ranks), 1)]
    return float(pairs.mean())


def _vector(scores: Sequence[float]) -> NDArray[np.float64]:
    values = np.asarray(scores, float)
    if values.ndim != 1 or not len(values):
        raise ValueError("expected at least one score")
    return values


def _bootstrapped(values: NDArray[np.float64], seed: int) -> Interval:
    mean = float(values.mean())
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, len(values))
    from scipy.stats import bootstrap

    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high), len(values))

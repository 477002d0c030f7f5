"""What the benchmark says: means, and paired intervals between methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..intervals import student_margin
from .results import Run

BUDGETS = (10, 25, 50, 100, 200)
RESAMPLES = 5000
CONFIDENCE = 0.95
FEWEST_SEEDS = 5
"""Below it there is no interval: two or three runs say nothing of the others."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """A figure `of` one run after so many queries, and how it is shown."""

    title: str
    digits: int
    of: Callable[[Run, int], float]


@dataclass(frozen=True)
class Comparison:
    """Mean of (other - ours) in regret over the seeds both have; above 0, ours is ahead.

    `interval` is None where there are too few seeds for one.
    """

    table: str
    budget: int
    other: str
    difference: float
    interval: tuple[float, float] | None
    seeds: int

    @property
    def verdict(self) -> str | None:
        """`ahead` or `behind` where the interval excludes zero, else `even`; None without one."""
        if self.interval is None:
            return None
        low, high = self.interval
        return "ahead" if low > 0 else "behind" if high < 0 else "even"


def regret(run: Run, budget: int) -> float:
    return run.regret[budget - 1]


def report(run: Run, budget: int) -> float:
    return run.report[budget - 1]


def improvement(run: Run, budget: int) -> float:
    return run.improvement[budget - 1]


def area(run: Run, budget: int) -> float:
    """Mean regret over the logarithm of the queries, from the first to `budget`."""
    weights = np.diff(np.log(np.arange(1, budget + 2)))
    return float(np.average(run.regret[:budget], weights=weights))


MEASURES = (
    Measure("Regret by (best - median)", 3, regret),
    Measure("Reported value of the incumbent", 2, report),
    Measure("Improvement of the reported value over the table's average, %", 2, improvement),
    Measure("Mean regret over log queries", 3, area),
)


def budgets_of(runs: Sequence[Run]) -> tuple[int, ...]:
    """The usual budgets that all the runs reached, and the last that they did."""
    shortest = min(run.queries for run in runs)
    return (*(b for b in BUDGETS if b < shortest), shortest)


def mean_table(
    runs: Sequence[Run], measure: Measure
) -> dict[tuple[str, str], dict[int, tuple[float, float | None]]]:
    """(table, method) -> budget -> (mean, half width of its interval, where there is one)."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.table, run.method), []).append(run)
    return {
        key: {b: _mean([measure.of(run, b) for run in group]) for b in budgets_of(runs)}
        for key, group in groups.items()
    }


def _mean(values: Sequence[float]) -> tuple[float, float | None]:
    bounds = interval(values)
    return float(np.mean(values)), None if bounds is None else (bounds[1] - bounds[0]) / 2


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The interval of the mean, CONFIDENCE wide; None for too few values."""
    bounds = band(np.array(values)[:, np.newaxis])
    return None if bounds is None else (float(bounds[0][0]), float(bounds[1][0]))


def band(curves: Array) -> tuple[Array, Array] | None:
    """The ends of the interval of the mean in each column of (seeds, columns), CONFIDENCE wide;
    None for too few seeds.

    That is the percentile bootstrap (Efron 1979), which is too narrow for few seeds: of normal
    figures it holds the mean 84 times in 100 at five. It is at least as wide as Student's.
    """
    seeds = len(curves)
    if seeds < FEWEST_SEEDS:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(_shares(seeds) @ curves, [tail, 1 - tail], axis=0)
    mean, margin = curves.mean(axis=0), student_margin(curves.std(axis=0, ddof=1), seeds, tail)
    return np.minimum(low, mean - margin), np.maximum(high, mean + margin)


def _shares(seeds: int) -> Array:
    """How large a share each seed has in each of RESAMPLES draws with replacement."""
    drawn = np.random.default_rng(0).integers(0, seeds, (RESAMPLES, seeds))
    return np.stack([(drawn == seed).mean(axis=1) for seed in range(seeds)], axis=1)


def compare(runs: Sequence[Run], ours: str) -> list[Comparison]:
    """Ours against every other method on every table at every budget, paired by seed."""
    by_key = {(run.table, run.method, run.seed): run for run in runs}
    tables = dict.fromkeys(run.table for run in runs)
    others = [m for m in dict.fromkeys(run.method for run in runs) if m != ours]
    found = (
        _paired(by_key, table, ours, other, budget)
        for table in tables
        for other in others
        for budget in budgets_of(runs)
    )
    return [comparison for comparison in found if comparison is not None]


def _paired(
    runs: Mapping[tuple[str, str, int], Run], table: str, ours: str, other: str, budget: int
) -> Comparison | None:
    seeds = [s for t, m, s in runs if t == table and m == ours and (t, other, s) in runs]
    if not seeds:
        return None
    gains = [
        regret(runs[table, other, s], budget) - regret(runs[table, ours, s], budget) for s in seeds
    ]
    return Comparison(table, budget, other, float(np.mean(gains)), interval(gains), len(seeds))


def tally(comparisons: Iterable[Comparison]) -> dict[tuple[str, int], dict[str, int]]:
    """(other, budget) -> how many tables ours is ahead, even and behind on, by intervals."""
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for each in comparisons:
        if each.verdict is None:
            continue
        count = counts.setdefault((each.other, each.budget), {"ahead": 0, "even": 0, "behind": 0})
        count[each.verdict] += 1
    return counts

"""What the benchmark says: means, and paired bootstrap intervals between methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .suite import Run

BUDGETS = (10, 25, 50, 100, 200)
RESAMPLES = 5000
CONFIDENCE = 0.95
FEWEST_SEEDS = 5
"""Below it there is no interval: resampling two or three runs says nothing of the others."""

Measure = Callable[[Run, int], float]
"""A figure of one run after so many queries."""


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


MEASURES: Mapping[str, Measure] = {
    "regret": regret,
    "report": report,
    "improvement": improvement,
    "area": area,
}


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
        key: {b: _mean([measure(run, b) for run in group]) for b in budgets_of(runs)}
        for key, group in groups.items()
    }


def _mean(values: Sequence[float]) -> tuple[float, float | None]:
    array = np.asarray(values)
    interval = bootstrap_interval(array)
    return float(array.mean()), None if interval is None else (interval[1] - interval[0]) / 2


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float] | None:
    """Percentile interval of the mean (Efron 1979), CONFIDENCE wide; None for too few values."""
    if len(values) < FEWEST_SEEDS:
        return None
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


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
    gains = np.array(
        [
            regret(runs[table, other, s], budget) - regret(runs[table, ours, s], budget)
            for s in seeds
        ]
    )
    mean, interval = float(gains.mean()), bootstrap_interval(gains)
    return Comparison(table, budget, other, mean, interval, len(seeds))


def tally(comparisons: Iterable[Comparison]) -> dict[tuple[str, int], dict[str, int]]:
    """(other, budget) -> how many tables ours is ahead, even and behind on, by intervals."""
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for each in comparisons:
        if each.verdict is None:
            continue
        count = counts.setdefault((each.other, each.budget), {"ahead": 0, "even": 0, "behind": 0})
        count[each.verdict] += 1
    return counts

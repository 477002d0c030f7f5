"""Measures predictors on tables where every score is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from time import process_time

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr, t

from .baselines import REGRESSORS, OneHot
from .calibration import Coverage
from .contract import Prediction, Sample
from .describer import Describer
from .features import FAMILIES
from .model import ValueModel

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

TEST_ROWS = 1000
FEWEST_ASKED = 20
"""Rows to ask about: of fewer a rank correlation says little."""
TOP_SHARE = 0.1
TOP_K = 10
OURS, FLOOR = "value", "lightgbm"


@dataclass(frozen=True)
class Problem:
    """A table: `sample(row)` is what is known before a query, `scores` (rows,) what it says.

    NaN scores are failed runs, and left out. `groups` (rows,) names classes that a split
    must not cut; `neighbours(row, rng)` are the rows one edit away.
    """

    name: str
    scores: Array
    sample: Callable[[int], Sample]
    neighbours: Callable[[int, np.random.Generator], Sequence[int]]
    groups: NDArray[np.str_] | None = None


@dataclass(frozen=True)
class Split:
    """Rows to learn from and to be asked about; `parents` are known rows of the latter."""

    train: Indices
    test: Indices
    parents: Indices | None = None


@dataclass(frozen=True)
class Trial:
    """One method on one split. `coverage` is that of the 90 % interval, `calibration` the
    calibration error; None for methods without a spread. `cpu_s` includes the features of all
    its rows, which no trial has from another, and in a process's first trial some imports."""

    table: str
    split: str
    method: str
    size: int
    seed: int
    tau: float
    spearman: float
    recall: float
    regret: float
    coverage: float | None
    calibration: float | None
    cpu_s: float


def split_at_random(problem: Problem, size: int, rng: np.random.Generator) -> Split:
    order = rng.permutation(np.flatnonzero(np.isfinite(problem.scores)))
    return Split(order[:size], order[size : size + TEST_ROWS])


def split_by_group(problem: Problem, size: int, rng: np.random.Generator) -> Split:
    """No class has rows on both sides. Raises ValueError where there are no classes."""
    if problem.groups is None:
        raise ValueError(f"{problem.name} has no groups to split by")
    names = rng.permutation(np.unique(problem.groups))
    ours = np.isin(problem.groups, names[: len(names) // 2])
    order = rng.permutation(np.flatnonzero(np.isfinite(problem.scores)))
    left, right = order[ours[order]], order[~ours[order]]
    return Split(left[:size], right[:TEST_ROWS])


def split_near_the_best(problem: Problem, size: int, rng: np.random.Generator) -> Split:
    """Learns from random rows and is asked about the neighbours of the best tenth of them:
    what a search asks."""
    order = rng.permutation(np.flatnonzero(np.isfinite(problem.scores)))
    train = order[:size]
    best = train[np.argsort(-problem.scores[train], kind="stable")]
    parents = best[: max(3, size // 10)]
    known = set(train.tolist())
    found: dict[int, int] = {}
    for parent in parents.tolist():
        for row in problem.neighbours(parent, rng):
            if row not in known and np.isfinite(problem.scores[row]):
                found.setdefault(int(row), parent)
    return Split(train, np.array(list(found), int), np.array(list(found.values()), int))


SPLITS: Mapping[str, Callable[[Problem, int, np.random.Generator], Split]] = {
    "random": split_at_random,
    "groups": split_by_group,
    "near-best": split_near_the_best,
}


def ablations(families: Sequence[str] = tuple(FAMILIES)) -> dict[str, tuple[str, ...]]:
    """The model without each family, and with each alone, by name."""
    without = {f"without {f}": tuple(x for x in families if x != f) for f in families}
    return without | {f"only {f}": (f,) for f in families}


@dataclass(frozen=True)
class Bench:
    """What to measure: `models` are value models by name, with their families."""

    sizes: Sequence[int]
    seeds: Sequence[int]
    splits: Sequence[str]
    baselines: Sequence[str] = tuple(REGRESSORS)
    models: Mapping[str, Sequence[str]] | None = None

    def run(self, problem: Problem) -> Iterator[Trial]:
        """Trials as they end. Left out: splits by group of a table without groups, and
        splits with too few rows to learn from or fewer than FEWEST_ASKED to ask about."""
        for name in self.splits:
            if name == "groups" and problem.groups is None:
                continue
            for size in self.sizes:
                for seed in self.seeds:
                    split = SPLITS[name](problem, size, np.random.default_rng((seed, size)))
                    if len(split.train) == size and len(split.test) >= FEWEST_ASKED:
                        yield from self._on(problem, name, split, seed)

    def _on(self, problem: Problem, name: str, split: Split, seed: int) -> Iterator[Trial]:
        train = [problem.sample(int(row)) for row in split.train]
        test = [problem.sample(int(row)) for row in split.test]
        known, truth = problem.scores[split.train], problem.scores[split.test]
        models = {OURS: tuple(FAMILIES)} if self.models is None else self.models
        for method, families in models.items():
            started = process_time()
            model = ValueModel(seed=seed, families=families, describer=Describer())
            model.fit(train, known.tolist())
            predictions = model.predict(test)
            key = (problem.name, name, method, len(train), seed)
            yield _trial(key, predictions, truth, process_time() - started)
        for method in self.baselines:
            started = process_time()
            means = OneHot(REGRESSORS[method], Describer())(train, known, test)
            key = (problem.name, name, method, len(train), seed)
            yield _trial(key, means, truth, process_time() - started)
        if split.parents is not None:
            key = (problem.name, name, "parent's score", len(train), seed)
            yield _trial(key, problem.scores[split.parents], truth, 0.0)


def _trial(
    key: tuple[str, str, str, int, int],
    predicted: Sequence[Prediction] | Array,
    truth: Array,
    cpu_s: float,
) -> Trial:
    coverage = None
    if isinstance(predicted, np.ndarray):
        means = predicted
    else:
        means = np.array([p.mean for p in predicted])
        coverage = Coverage.measure(truth, means, [p.spread for p in predicted])
    return Trial(
        *key,
        tau=_rank(kendalltau(means, truth).statistic),
        spearman=_rank(spearmanr(means, truth).statistic) if np.ptp(means) else 0.0,
        recall=top_recall(means, truth),
        regret=top_regret(means, truth),
        coverage=coverage.at(0.9) if coverage else None,
        calibration=coverage.error if coverage else None,
        cpu_s=cpu_s,
    )


def _rank(statistic: float) -> float:
    """A rank correlation; none where all predictions are equal."""
    return float(statistic) if np.isfinite(statistic) else 0.0


def top_recall(means: Array, truth: Array) -> float:
    """Which share of the true best tenth is in the predicted best tenth."""
    count = max(1, round(TOP_SHARE * len(truth)))
    ours, theirs = (set(np.argsort(-x, kind="stable")[:count].tolist()) for x in (means, truth))
    return len(ours & theirs) / count


def top_regret(means: Array, truth: Array) -> float:
    """How far the best of the predicted top ten stays below the best of all: 1 is the median."""
    best = truth[np.argsort(-means, kind="stable")[:TOP_K]].max()
    unit = truth.max() - np.median(truth)
    return float((truth.max() - best) / unit) if unit else 0.0


@dataclass(frozen=True)
class Gain:
    """Mean of (method's tau - rival's) over the seeds both have, with its 95 % t interval."""

    difference: float
    low: float
    high: float
    seeds: int


def gain(trials: Sequence[Trial], method: str = OURS, rival: str = FLOOR) -> Gain | None:
    """The paired gain among trials of one table, split and size; None below two seeds."""
    taus = {(trial.method, trial.seed): trial.tau for trial in trials}
    seeds = sorted({seed for m, seed in taus if m == method and (rival, seed) in taus})
    if len(seeds) < 2:
        return None
    off = np.array([taus[method, seed] - taus[rival, seed] for seed in seeds])
    half = float(t.ppf(0.975, len(off) - 1) * off.std(ddof=1) / np.sqrt(len(off)))
    return Gain(float(off.mean()), float(off.mean() - half), float(off.mean() + half), len(off))


def cells(trials: Sequence[Trial]) -> dict[tuple[str, str, int], list[Trial]]:
    """Trials by table, split and size, in order of first sight."""
    found: dict[tuple[str, str, int], list[Trial]] = {}
    for trial in trials:
        found.setdefault((trial.table, trial.split, trial.size), []).append(trial)
    return found


def average(trials: Sequence[Trial], method: str, figure: str) -> float | None:
    """The mean of a figure of Trial over a method's trials; None where there are none."""
    values = [getattr(trial, figure) for trial in trials if trial.method == method]
    present = [value for value in values if value is not None]
    return mean(present) if present else None

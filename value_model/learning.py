"""How the value model learns: what is settled now and then, and what with every result.

Columns, units, kernel and the form of the warp are settled from the first so many results, a number
that grows by a quarter at a time, and by FRESH where they are many; between, new results only
enlarge the covariance, which never has more than MAX_ROWS rows. What is learnt
therefore depends on the results and their order alone, whenever and however often it was
asked for: a search that is resumed goes on as if it had never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from .calibration import Coverage, Recalibration
from .contract import Prediction, Sample
from .describer import Describer
from .encoder import Columns, Encoded, squared_distances
from .features import FAMILIES
from .gp import Distances, Kernel, Posterior, one_thread
from .relevance import Labels, Metric
from .report import MIN_RESULTS, Report
from .tuning import tune
from .warp import Scales, Warp

Array = NDArray[np.float64]
Described = Mapping[str, Encoded]

TUNING_ROWS = 128
"""Rows on which kernel, weights and warp are found; all rows are learnt from."""
MAX_ROWS = 2000
"""Rows that are learnt from. Of more results they are the newest since a milestone, and of
those before it the best and a random rest, as many of each."""
FRESH = 250
"""Rows kept free for those newest, and so the results from one milestone to the next."""
BLOCK = 64
"""Candidates that are compared at a time, so that their covariances stay in the cache."""


def milestone(results: int) -> int:
    """The largest of 8, 10, 13, 16, 20, 25, ... up to `results`: ten to a decade.

    Beyond MAX_ROWS the largest multiple of FRESH.
    """
    if results > MAX_ROWS:
        return results - results % FRESH
    step = math.floor(10 * math.log10(results + 0.5))  # they are rounded: 50 is one, of 50.12
    return round(10 ** (step / 10))


@dataclass(frozen=True)
class Ground:
    """What was settled at a milestone: how candidates are written down and compared, and
    scores with them."""

    columns: Mapping[str, Columns]
    kernel: Kernel
    straight: float = 0.0
    """The share of the scores themselves in their warp."""

    def encode(self, describe: Describer, samples: Sequence[Sample]) -> Described:
        rows = describe(samples, self.columns)
        return {name: column.encode(rows[name]) for name, column in self.columns.items()}

    def covariance(self, a: Described, b: Described) -> Array:
        """Between all of `a` and all of `b`, without noise."""
        starts = range(0, len(next(iter(a.values()))), BLOCK)
        parts = [{name: rows[i : i + BLOCK] for name, rows in a.items()} for i in starts]
        return np.concatenate(
            [self.kernel.covariance(_distances(self.columns, part, b)) for part in parts]
        )


def settle(
    describe: Describer,
    families: Sequence[str],
    samples: Sequence[Sample],
    scores: Array,
    seed: int,
) -> Ground | None:
    """The ground that results make; None where all candidates look alike."""
    described = describe(samples, families)
    columns = {name: Columns.learn(FAMILIES[name].kind, rows) for name, rows in described.items()}
    columns = {name: column for name, column in columns.items() if column.unit}
    if all(sample.candidate.blueprint for sample in samples):
        columns = {n: c for n, c in columns.items() if FAMILIES[n].covered_by not in columns}
    if not columns:
        return None
    prior = Kernel.prior([FAMILIES[name].share for name in columns])
    if np.ptp(scores) == 0:
        return Ground(columns, prior)
    rng = np.random.default_rng((seed, len(samples)))
    some = np.sort(rng.permutation(len(samples))[:TUNING_ROWS])
    rows = {name: column.encode(described[name])[some] for name, column in columns.items()}
    metric = Metric(columns, rows, Labels.of(describe, columns))
    tuned = tune(metric, Scales.of(scores)[some], prior)
    return Ground(metric.weigh(tuned.weights), tuned.kernel, tuned.straight)


@one_thread()
def unfamiliar(
    describe: Describer,
    families: Sequence[str],
    known: Sequence[Sample],
    samples: Sequence[Sample],
    seed: int,
) -> Array:
    """How little results of `known` would say of each of `samples`, (samples,): its variance
    given them, under the prior kernel. The largest first makes a space-filling design
    (maximum entropy sampling: Shewry and Wynn 1987)."""
    together = [*known, *samples]
    ground = settle(describe, families, together, np.zeros(len(together)), seed)
    if ground is None:
        return np.zeros(len(samples))
    rows = ground.encode(describe, together)
    covariance = ground.covariance(rows, rows)
    n = len(known)
    posterior = Posterior.of(ground.kernel, covariance[:n, :n], np.zeros(n))
    return posterior.predict(covariance[n:, :n])[1]


@dataclass(frozen=True)
class Learnt:
    """Everything that a prediction needs."""

    ground: Ground
    rows: Described
    posterior: Posterior
    warp: Warp
    recalibration: Recalibration
    report: Report
    reads_text: bool
    """Whether it tells programs without a blueprint apart."""

    @one_thread()
    def predict(self, describe: Describer, samples: Sequence[Sample]) -> list[Prediction]:
        asked = self.ground.encode(describe, samples)
        means, variances = self.posterior.predict(self.ground.covariance(asked, self.rows))
        return in_scores(self.warp, means, self.recalibration(np.sqrt(variances), means))


def in_scores(warp: Warp, means: Array, spreads: Array) -> list[Prediction]:
    """What means and spreads (n,) on the scale of `warp` say in the unit of scores."""
    low, middle, high = (warp.back(means + step * spreads) for step in (-1, 0, 1))
    return [
        Prediction(float(m), float(h - lo) / 2, float(h - m))
        for lo, m, h in zip(low, middle, high, strict=True)
    ]


@dataclass
class Learning:
    """Takes in results as they come; between milestones each costs its own row alone."""

    describe: Describer
    families: Sequence[str]
    seed: int
    _ground: Ground | None = None
    _settled: tuple[Sequence[Sample], Array] = ((), np.empty(0))
    """What the ground was made of."""
    _kept: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    _samples: list[Sample] = field(default_factory=list)
    """Those in the covariance, in its order."""
    _rows: Described = field(default_factory=dict)
    _covariance: Array = field(default_factory=lambda: np.empty((0, 0)))

    @one_thread()
    def take_in(self, samples: Sequence[Sample], scores: Array) -> Learnt | None:
        """What all results together teach; None where all candidates look alike."""
        size = milestone(len(samples))
        early = list(samples[:size])
        if self._settled[0] != early or not np.array_equal(self._settled[1], scores[:size]):
            kept = self._kept = worth_keeping(scores[:size], self.seed)
            known = [early[i] for i in kept]
            self._ground = settle(self.describe, self.families, known, scores[kept], self.seed)
            self._settled = early, scores[:size]
            self._samples = []
        if self._ground is None:
            return None
        kept = np.concatenate([self._kept, np.arange(size, len(samples))])
        self._compare(self._ground, [samples[i] for i in kept])
        return self._conclude(self._ground, scores[kept])

    def _compare(self, ground: Ground, samples: list[Sample]) -> None:
        """Bring the rows and their covariance up to `samples`."""
        known = len(self._samples)
        if not known or self._samples != samples[:known]:
            known = len(self._kept)
            self._rows = ground.encode(self.describe, samples[:known])
            self._covariance = ground.covariance(self._rows, self._rows)
        if len(samples) > known:
            more = ground.encode(self.describe, samples[known:])
            self._rows = {name: rows + more[name] for name, rows in self._rows.items()}
            self._covariance = self._enlarged(ground, known, len(samples))
        self._samples = samples

    def _enlarged(self, ground: Ground, known: int, size: int) -> Array:
        """The covariance with rows from `known` on, one at a time: products of matrices
        depend in their last digits on how many rows they are made for."""
        covariance = np.empty((size, size))
        covariance[:known, :known] = self._covariance
        for i in range(known, size):
            one = {name: rows[i : i + 1] for name, rows in self._rows.items()}
            before = {name: rows[: i + 1] for name, rows in self._rows.items()}
            covariance[i, : i + 1] = covariance[: i + 1, i] = ground.covariance(one, before)[0]
        return covariance

    def _conclude(self, ground: Ground, scores: Array) -> Learnt:
        warp = Warp.learn(scores, ground.straight)
        targets = warp.forward(scores)
        posterior = Posterior.of(ground.kernel, self._covariance, targets)
        means, variances = posterior.held_back(targets)
        spreads = np.sqrt(variances)
        recalibration = Recalibration.learn(targets - means, spreads, means)
        report = Report(
            len(scores),
            rank_correlation(means, scores),
            *_parents_tau(self._samples, means, scores),
            Coverage.measure(targets, means, recalibration(spreads, means)),
            _shares(ground),
        )
        reads_text = not any(FAMILIES[name].of_blueprint for name in ground.columns) or not all(
            sample.candidate.blueprint for sample in self._samples
        )
        return Learnt(ground, self._rows, posterior, warp, recalibration, report, reads_text)


def worth_keeping(scores: Array, seed: int) -> NDArray[np.intp]:
    """Which results to learn from: all, or the best and a random rest that leave room."""
    if len(scores) < MAX_ROWS:
        return np.arange(len(scores))
    order = np.argsort(-scores, kind="stable")
    half = (MAX_ROWS - FRESH) // 2
    rest = np.random.default_rng((seed, len(scores))).permutation(order[half:])[:half]
    return np.sort(np.concatenate([order[:half], rest]))


def _distances(columns: Mapping[str, Columns], a: Described, b: Described) -> Distances:
    """In units of the usual distance between training rows."""
    found = []
    for name, column in columns.items():
        apart = squared_distances(a[name], b[name])
        found.append(np.divide(apart, column.unit, out=apart))
    return found


def rank_correlation(predicted: Array, scores: Array) -> float:
    """Kendall's tau; 0 where either says nothing."""
    tau = float(kendalltau(predicted, scores).statistic)
    return tau if np.isfinite(tau) else 0.0


def _parents_tau(
    samples: Sequence[Sample], means: Array, scores: Array
) -> tuple[float | None, float | None]:
    """Of the parent's score and of the prediction, where enough candidates have a parent."""
    parents = np.array([np.nan if s.parent_score is None else s.parent_score for s in samples])
    has = np.isfinite(parents)
    if has.sum() < MIN_RESULTS:
        return None, None
    return (
        rank_correlation(parents[has], scores[has]),
        rank_correlation(means[has], scores[has]),
    )


def _shares(ground: Ground) -> dict[str, float]:
    """How much of the prior variance each family explains by itself, and together."""
    parts = ground.kernel.variances().numpy()
    names = (*ground.columns, "together")
    return dict(zip(names, map(float, parts / parts.sum()), strict=True))

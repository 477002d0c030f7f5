"""The value model: from results so far to predictions of scores with a spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from .calibration import Coverage, Recalibration
from .contract import Prediction, Sample
from .describer import Describer
from .encoder import Columns, Encoded, Row, squared_distances
from .features import FAMILIES
from .gp import Distances, Kernel, Posterior, tune
from .warp import Warp

Array = NDArray[np.float64]

MIN_RESULTS = 8
TUNING_ROWS = 128
"""Rows on which amplitudes and scales are found; all rows are learnt from."""
MAX_ROWS = 2000
"""Rows that are learnt from: beyond, the best half and a random rest."""
FIRST_STEPS, NEXT_STEPS = 60, 20


@dataclass(frozen=True)
class Report:
    """How good the model is, found on results held back from it one at a time.

    `tau` is Kendall's rank correlation of predicted and measured scores, `parent_tau`
    that of the parent's score where at least MIN_RESULTS candidates have a parent.
    """

    results: int
    tau: float
    parent_tau: float | None
    coverage: Coverage
    shares: Mapping[str, float]

    @property
    def trusted(self) -> bool:
        """Whether it ranks better than chance and better than the parent's score."""
        return self.tau > max(self.chance, self.parent_tau or 0.0)

    @property
    def chance(self) -> float:
        """What one in twenty rankings without any knowledge would reach by luck.

        From the normal approximation of Kendall's tau (Kendall 1938).
        """
        n = self.results
        return 1.645 * float(np.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1))))


@dataclass(frozen=True)
class _Learnt:
    """Everything that a prediction needs."""

    columns: Mapping[str, Columns]
    rows: Mapping[str, Encoded]
    posterior: Posterior
    warp: Warp
    recalibration: Recalibration
    report: Report


class ValueModel:
    """A Gaussian process over families of features; implements `Predictor`.

    Pure: no I/O, and the same calls with the same seed give the same answers. Keep one
    for a campaign and fit it again as results arrive: features are kept by candidate,
    and tuning goes on from where it stood.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        families: Sequence[str] = tuple(FAMILIES),
        describer: Describer | None = None,
    ) -> None:
        """Raises ValueError for an unknown family. `describer` may be shared by models."""
        self._describe = describer or Describer(families)
        self._vocabularies = {name: self._describe.vocabularies[name] for name in families}
        self._seed = seed
        self._tuned: dict[tuple[str, ...], Kernel] = {}
        self._learnt: _Learnt | None = None
        self._prior = Prediction(0.0, 1.0)
        self._status = f"predicting the prior: no results, at least {MIN_RESULTS} are needed"

    @property
    def ready(self) -> bool:
        """Whether it has learnt anything; if not, it predicts the prior."""
        return self._learnt is not None

    @property
    def status(self) -> str:
        """One line on what it has learnt, or why it predicts the prior."""
        return self._status

    @property
    def report(self) -> Report | None:
        """What held-back results say of it; None while it predicts the prior."""
        return self._learnt.report if self._learnt else None

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        """Learn from all results so far; replaces what was learnt before.

        Raises ValueError where a score is not finite, or the lengths differ.
        """
        if len(samples) != len(scores):
            raise ValueError(f"{len(samples)} samples against {len(scores)} scores")
        values = np.asarray(scores, float)
        if not np.isfinite(values).all():
            raise ValueError("a score is not finite; leave failed runs out")
        self._learnt = None
        self._prior = _prior(values)
        reason = _too_little(values)
        if not reason:
            kept = self._kept(values)
            reason = self._learn([samples[i] for i in kept], values[kept])
        if reason:
            self._status = f"predicting the prior: {reason}"

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction a sample, in order; the prior before there is enough to learn."""
        learnt = self._learnt
        if learnt is None or not samples:
            return [self._prior] * len(samples)
        asked = _encoded(learnt.columns, [self._describe(sample) for sample in samples])
        distances = _distances(learnt.columns, learnt.rows, asked)
        means, variances = learnt.posterior.predict(distances)
        spreads = learnt.recalibration(np.sqrt(variances), means)
        return _unwarped(learnt.warp, means, spreads)

    def _learn(self, samples: Sequence[Sample], scores: Array) -> str:
        """Learn from enough different scores; returns why it could not, or nothing."""
        warp = Warp.learn(scores)
        targets = warp.forward(scores)
        described = [self._describe(sample) for sample in samples]
        columns = {
            name: Columns.learn(
                FAMILIES[name].kind, [rows[name] for rows in described], len(vocabulary)
            )
            for name, vocabulary in self._vocabularies.items()
        }
        columns = {name: column for name, column in columns.items() if column.unit}
        if not columns:
            return "all candidates look alike to every family of features"
        rows = _encoded(columns, described)
        distances = _distances(columns, rows, rows)
        kernel = self._tune(tuple(columns), distances, targets)
        posterior = Posterior.of(kernel, distances, targets)
        means, variances = posterior.held_back(targets)
        spreads = np.sqrt(variances)
        recalibration = Recalibration.learn(targets - means, spreads, means)
        coverage = Coverage.measure(targets, means, recalibration(spreads, means))
        report = Report(
            len(samples),
            _tau(means, scores),
            _parents_tau(samples, scores),
            coverage,
            _shares(kernel, tuple(columns)),
        )
        self._learnt = _Learnt(columns, rows, posterior, warp, recalibration, report)
        self._status = f"learnt from {len(samples)} results: held-back Kendall tau {report.tau:.2f}"
        return ""

    def _tune(self, names: tuple[str, ...], distances: Distances, targets: Array) -> Kernel:
        rng = np.random.default_rng((self._seed, len(targets)))
        some = np.sort(rng.permutation(len(targets))[:TUNING_ROWS])
        prior = Kernel.prior([FAMILIES[name].share for name in names])
        start = self._tuned.get(names)
        steps = NEXT_STEPS if start else FIRST_STEPS
        kernel = tune(
            distances[:, some[:, None], some], targets[some], prior, start or prior, steps
        )
        self._tuned[names] = kernel
        return kernel

    def _kept(self, scores: Array) -> NDArray[np.intp]:
        if len(scores) <= MAX_ROWS:
            return np.arange(len(scores))
        order = np.argsort(-scores, kind="stable")
        rng = np.random.default_rng((self._seed, len(scores)))
        half = MAX_ROWS // 2
        return np.sort(np.concatenate([order[:half], rng.permutation(order[half:])[:half]]))


def _encoded(
    columns: Mapping[str, Columns], described: Sequence[Mapping[str, Row]]
) -> dict[str, Encoded]:
    return {
        name: column.encode([rows[name] for rows in described]) for name, column in columns.items()
    }


def _prior(scores: Array) -> Prediction:
    if not len(scores):
        return Prediction(0.0, 1.0)
    spread = float(scores.std()) if len(scores) > 1 else 0.0
    return Prediction(float(scores.mean()), spread or 1.0)


def _too_little(scores: Array) -> str:
    if len(scores) < MIN_RESULTS:
        return f"{len(scores)} results, at least {MIN_RESULTS} are needed"
    return "all scores are equal" if np.ptp(scores) == 0 else ""


def _distances(
    columns: Mapping[str, Columns], a: Mapping[str, Encoded], b: Mapping[str, Encoded]
) -> Distances:
    """(families, len(a), len(b)), in units of the usual distance between training rows."""
    some_a, some_b = next(iter(a.values())), next(iter(b.values()))
    found = np.empty((len(columns), len(some_a.beyond), len(some_b.beyond)), np.float32)
    for f, (name, column) in enumerate(columns.items()):
        np.divide(squared_distances(a[name], b[name]), column.unit, out=found[f])
    return found


def _unwarped(warp: Warp, means: Array, spreads: Array) -> list[Prediction]:
    low, middle, high = (warp.back(means + step * spreads) for step in (-1, 0, 1))
    return [Prediction(float(m), float(s)) for m, s in zip(middle, (high - low) / 2, strict=True)]


def _tau(predicted: Array, scores: Array) -> float:
    tau = float(kendalltau(predicted, scores).statistic)
    return tau if np.isfinite(tau) else 0.0


def _parents_tau(samples: Sequence[Sample], scores: Array) -> float | None:
    pairs = [
        (sample.parent_score, score)
        for sample, score in zip(samples, scores, strict=True)
        if sample.parent_score is not None
    ]
    if len(pairs) < MIN_RESULTS:
        return None
    parents, children = zip(*pairs, strict=True)
    return _tau(np.asarray(parents), np.asarray(children))


def _shares(kernel: Kernel, names: tuple[str, ...]) -> dict[str, float]:
    """How much of the prior variance each family explains by itself, and together."""
    parts = kernel.amplitude.exp().numpy() * np.array([5.0] * len(names) + [1.0])
    return dict(zip((*names, "together"), map(float, parts / parts.sum()), strict=True))

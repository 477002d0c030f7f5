"""A Gaussian process over blueprints and free figures: the predictor that needs no training.

It serves where a campaign has no learned value model. Inference is exact (Rasmussen and
Williams 2006, algorithm 2.1); the hyperparameters are the most likely ones found by
perturbing the last, so that a step costs milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..value_model import Prediction, Sample
from .similarity import (
    Array,
    FigureScale,
    Vectors,
    cosine_distances,
    squared_distances,
    view,
)

CAPACITY = 400
"""Results that are learnt from, the newest: inference is cubic in them."""
TUNE_EVERY = 4
TUNE_STEPS = 15
JITTER = 1e-6

Distances = tuple[Array, Array, Array]
"""By place, by graph, by figures: (n, m) each."""

START = np.log([0.3, 0.3, 0.2, 0.5, 0.5, 0.5, 1.0, 0.5, 0.05])
"""Weights by place, graph, figures and all three; their lengths and a stretch; the noise."""


def kernel(log: Array, distances: Distances) -> Array:
    """Covariances: a sum over the three kinds of likeness, and their product."""
    w_place, w_graph, w_figure, w_all, l_place, l_graph, l_figure, stretch, _ = np.exp(log)
    place, graph, figure = distances
    place, graph, figure = place / l_place, graph / l_graph, figure / l_figure
    return (
        w_place * np.exp(-place)
        + w_graph * np.exp(-graph)
        + w_figure * np.exp(-figure)
        + w_all * np.exp(-stretch * (place + graph + figure))
    )


@dataclass(frozen=True)
class Squash:
    """Scores on a scale where the middle is 0; below it they count by their logarithm.

    Failures lie far below everything else, and would drown what tells good from better.
    """

    middle: float
    unit: float

    @classmethod
    def of(cls, scores: Array) -> Squash:
        middle, high = np.quantile(scores, [0.5, 0.9])
        unit = float(high - middle) or float(np.ptp(scores)) or 1.0
        return cls(float(middle), unit)

    def __call__(self, scores: Array) -> Array:
        z = (scores - self.middle) / self.unit
        return np.where(z < 0, -np.log1p(np.maximum(-z, 0)), z)

    def back(self, z: float, spread: float) -> Prediction:
        """A prediction on the scores' own scale."""
        if z >= 0:
            return Prediction(self.middle + self.unit * z, self.unit * spread)
        slope = math.exp(min(-z, 50.0))
        return Prediction(self.middle + self.unit * (1 - slope), self.unit * spread * slope)


@dataclass
class GaussianProcess:
    """A `Predictor`. Before the first fit it predicts 0 with spread 1."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _log: Array = field(default_factory=lambda: START.copy())
    _tuned: int = 0
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _places: Vectors = field(default_factory=Vectors)
    _graphs: Vectors = field(default_factory=Vectors)
    _known: _Known | None = None

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        kept = slice(max(0, len(samples) - CAPACITY), None)
        y = np.asarray(scores, float)[kept]
        squash = Squash.of(y)
        seen = [self._look(sample) for sample in samples[kept]]
        scale = FigureScale.of([figures for _, _, figures in seen])
        features = _features(seen, scale)
        target = squash(y)
        mean, deviation = float(target.mean()), float(target.std()) or 1.0
        target = (target - mean) / deviation
        distances = _distances(features, features)
        if len(samples) >= self._tuned + TUNE_EVERY or not self._tuned:
            self._tune(distances, target)
            self._tuned = len(samples)
        factor = _factor(self._log, distances)
        weights = _solve(factor, target)
        self._known = _Known(features, scale, squash, mean, deviation, factor, weights)

    def predict(self, samples: Sequence[Sample]) -> Sequence[Prediction]:
        known = self._known
        if known is None:
            return [Prediction(0.0, 1.0) for _ in samples]
        features = _features([self._look(s) for s in samples], known.scale)
        cross = kernel(self._log, _distances(features, known.features))
        means = cross @ known.weights
        shrunk = np.linalg.solve(known.factor, cross.T)
        variances = np.exp(self._log[:4]).sum() - (shrunk**2).sum(axis=0)
        spreads = np.sqrt(np.maximum(variances, JITTER))
        return [
            known.squash.back(known.mean + known.deviation * m, known.deviation * s)
            for m, s in zip(means.tolist(), spreads.tolist(), strict=True)
        ]

    def _look(self, sample: Sample) -> _Seen:
        found = self._seen.get(sample.candidate.id)
        if found is None:
            shown = view(sample)
            found = (self._places.of(shown.places), self._graphs.of(shown.graph), shown.figures)
            self._seen[sample.candidate.id] = found
        return found

    def _tune(self, distances: Distances, target: Array) -> None:
        """Keep a perturbation of the hyperparameters wherever it is more likely."""
        best = _log_posterior(self._log, distances, target)
        for _ in range(TUNE_STEPS):
            moved = self.rng.random(len(START)) < 0.4
            tried = self._log + moved * self.rng.normal(0.0, 0.7, len(START))
            value = _log_posterior(tried, distances, target)
            if value > best:
                best, self._log = value, tried


Features = tuple[Array, Array, Array]
_Seen = tuple[Array, Array, Mapping[str, float]]
"""One candidate: its places and its graph as vectors, and its figures."""


def _features(seen: Sequence[_Seen], scale: FigureScale) -> Features:
    places, graphs, figures = zip(*seen, strict=True)
    return np.stack(places), np.stack(graphs), scale.matrix(figures)


@dataclass(frozen=True)
class _Known:
    """What `fit` leaves behind for `predict`."""

    features: Features
    scale: FigureScale
    squash: Squash
    mean: float
    deviation: float
    factor: Array
    weights: Array


def _distances(a: Features, b: Features) -> Distances:
    return (
        cosine_distances(a[0], b[0]),
        cosine_distances(a[1], b[1]),
        squared_distances(a[2], b[2]),
    )


def _factor(log: Array, distances: Distances) -> Array:
    covariance = kernel(log, distances)
    covariance[np.diag_indices_from(covariance)] += np.exp(log[8]) + JITTER
    return np.linalg.cholesky(covariance)


def _solve(factor: Array, target: Array) -> Array:
    return np.linalg.solve(factor.T, np.linalg.solve(factor, target))


def _log_posterior(log: Array, distances: Distances, target: Array) -> float:
    """Log marginal likelihood with a unit normal prior on the log hyperparameters."""
    try:
        factor = _factor(log, distances)
    except np.linalg.LinAlgError:
        return -math.inf
    fit = np.linalg.solve(factor, target)
    prior = ((log - START) ** 2).sum()
    return float(-0.5 * (fit @ fit) - np.log(np.diag(factor)).sum() - 0.5 * prior)

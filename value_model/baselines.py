"""What the value model must beat: one-hot regressors, neighbours, and the parent's score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .contract import Sample
from .describer import Describer
from .encoder import Columns
from .warp import Warp

Array = NDArray[np.float64]
Regressor = Callable[[Array, Array, Array], Array]
"""Training rows (n, d), their scores (n,), and rows to predict (m, d) to predictions (m,)."""


@dataclass(frozen=True)
class OneHot:
    """Fits a regressor to which parameter has which value at which place."""

    regress: Regressor
    describer: Describer

    def __call__(
        self, train: Sequence[Sample], scores: Array, test: Sequence[Sample]
    ) -> NDArray[np.float64]:
        known = self.describer(train, ["positions"])["positions"]
        asked = self.describer(test, ["positions"])["positions"]
        columns = Columns.learn("counts", known)
        x, z = (columns.encode(rows).columns.astype(np.float64) for rows in (known, asked))
        return self.regress(x, scores, z)


def lightgbm(x: Array, y: Array, z: Array) -> Array:
    """Boosted trees, set for few rows: what did best among those tried at 50.

    With LightGBM's defaults no leaf is ever split below 40 rows. Raises ImportError
    where lightgbm is not installed.
    """
    import lightgbm as library

    settings = {
        "objective": "regression",
        "learning_rate": 0.05,
        "num_leaves": 6,
        "min_child_samples": 2,
        "min_data_in_bin": 1,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "verbose": -1,
        "num_threads": 1,
        "seed": 0,
    }
    trees = library.train(settings, library.Dataset(x, y), num_boost_round=300)
    return np.asarray(trees.predict(z))


def lightgbm_on_ranks(x: Array, y: Array, z: Array) -> Array:
    """The same on normal quantiles of the scores' ranks: stronger where scores crowd."""
    return lightgbm(x, Warp.learn(y).forward(y), z)


def ridge(x: Array, y: Array, z: Array) -> Array:
    """Least squares with a penalty of one on every weight."""
    centre, level = x.mean(axis=0), y.mean()
    a = x - centre
    weights = np.linalg.solve(a @ a.T + np.eye(len(a)), y - level)
    return level + (z - centre) @ a.T @ weights


def nearest(x: Array, y: Array, z: Array) -> Array:
    """The mean score of the five nearest training rows."""
    distances = (z**2).sum(1)[:, None] + (x**2).sum(1) - 2 * z @ x.T
    closest = np.argsort(distances, axis=1, kind="stable")[:, : min(5, len(x))]
    return y[closest].mean(axis=1)


REGRESSORS: Mapping[str, Regressor] = {
    "lightgbm": lightgbm,
    "lightgbm-ranks": lightgbm_on_ranks,
    "ridge": ridge,
    "nearest": nearest,
}

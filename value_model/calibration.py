"""How wide the spread must be: learnt from held-back residuals, and checked on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]
Vector = Array | Sequence[float]

SHRINK = 8.0
"""How many rows the prior on the recalibration weighs."""
WIDER = 0.1
"""Its centre: amplitudes were tuned on the rows that are held back, which flatters them."""
NEWTON_STEPS = 20


@dataclass(frozen=True)
class Recalibration:
    """Multiplies a spread by exp(level + slope * mean): wider where errors were larger.

    The spread so becomes heteroscedastic: `slope` is negative where bad candidates are
    harder to predict than good ones.
    """

    level: float = 0.0
    slope: float = 0.0

    @classmethod
    def learn(cls, residuals: Array, spreads: Array, means: Array) -> Recalibration:
        """Maximises the normal likelihood of held-back `residuals` (n,), with a
        prior on (WIDER, 0) that weighs as much as SHRINK rows."""
        squares = (residuals / spreads) ** 2
        design = np.stack([np.ones_like(means), means], axis=1)
        prior = np.array([WIDER, 0.0])
        found = prior.copy()
        for _ in range(NEWTON_STEPS):
            excess = squares * np.exp(-2 * design @ found)
            gradient = design.T @ (1 - excess) + SHRINK * (found - prior)
            curvature = (design * (2 * excess + 1e-3)[:, None]).T @ design + SHRINK * np.eye(2)
            found = np.clip(found - np.linalg.solve(curvature, gradient), -2, 2)
        return cls(float(found[0]), float(found[1]))

    def __call__(self, spreads: Array, means: Array) -> Array:
        return spreads * np.exp(np.clip(self.level + self.slope * means, -3, 3))


LEVELS = (0.5, 0.68, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class Coverage:
    """How often the truth lay within the central interval of each of LEVELS."""

    found: tuple[float, ...]

    @classmethod
    def measure(cls, truth: Vector, means: Vector, spreads: Vector) -> Coverage:
        off = np.abs(np.asarray(truth) - np.asarray(means)) / np.asarray(spreads)
        return cls(tuple(float(np.mean(off <= ndtri(0.5 + level / 2))) for level in LEVELS))

    @property
    def error(self) -> float:
        """Mean distance of found from stated coverage: the calibration error."""
        return float(np.mean(np.abs(np.subtract(self.found, LEVELS))))

    def at(self, level: float) -> float:
        """The coverage found at one of LEVELS."""
        return self.found[LEVELS.index(level)]

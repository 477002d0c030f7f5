"""Learning curves: where a run is heading, and whether it is worth waiting for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..value_model import Prediction

FEWEST_POINTS = 3
EXPONENTS = np.linspace(0.05, 2.0, 40)


def extrapolate(steps: Sequence[float], values: Sequence[float], final: float) -> Prediction | None:
    """The value at step `final`, by the power law value = a + b * step ** -c.

    The exponents are weighted by how well each fits (Domhan et al. 2015 average over curves
    in the same way); the spread covers their disagreement and the residuals, and grows with
    the distance to go. None with fewer than three points.
    """
    if len(steps) < FEWEST_POINTS:
        return None
    x, y = np.asarray(steps, float), np.asarray(values, float)
    ends, errors = np.empty(len(EXPONENTS)), np.empty(len(EXPONENTS))
    for i, exponent in enumerate(EXPONENTS):
        design = np.stack([np.ones_like(x), x**-exponent], axis=1)
        (a, b), *_ = np.linalg.lstsq(design, y, rcond=None)
        ends[i] = a + b * final**-exponent
        errors[i] = ((design @ (a, b) - y) ** 2).mean()
    noise = float(errors.min()) + 1e-6 * float(np.ptp(y)) ** 2 + 1e-12
    weights = np.exp(-0.5 * len(x) * (errors - errors.min()) / noise)
    weights /= weights.sum()
    mean = float(weights @ ends)
    disagreement = float(weights @ (ends - mean) ** 2)
    ahead = max(math.log(final / x[-1]), 0.0)
    return Prediction(mean, math.sqrt(disagreement + noise * (1 + ahead)))


@dataclass(frozen=True)
class CurveStopper:
    """Stops a run that will hardly end better than `best`, higher being better.

    It acts where the chance of that is below `least_chance`, never before `grace` steps.
    """

    final: float
    grace: float
    least_chance: float = 0.05

    def should_stop(
        self, steps: Sequence[float], values: Sequence[float], best: float | None
    ) -> bool:
        if best is None or not steps or steps[-1] < self.grace:
            return False
        end = extrapolate(steps, values, self.final)
        if end is None:
            return False
        z = (best - end.mean) / end.spread
        return 0.5 * math.erfc(z / math.sqrt(2)) < self.least_chance

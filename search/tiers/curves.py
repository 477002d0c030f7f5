"""Learning curves: where a run is heading, and whether it is worth waiting for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...evaluators.domain import Domain, decides_by_score
from ...evaluators.evaluate import find_tier
from ...evaluators.stopping import BAR, Stoppable, StoppedEarly
from ...space import Evaluation
from ...value_model import Prediction
from .scoreboard import Scoreboard

FEWEST_POINTS = 3
EXPONENTS = np.linspace(0.05, 2.0, 40)
STILL = 0.02
"""A curve that has moved by no more than this share of its way to the best stands still."""


def extrapolate(steps: Sequence[float], values: Sequence[float], final: float) -> Prediction | None:
    """The value at step `final`, by the power law value = a + b * step ** -c.

    The exponents are weighted by how well each fits (Domhan et al. 2015 average over curves
    in the same way); the spread covers their disagreement and the residuals, and grows with
    the distance to go. What was scored before the first step is left out: a power law has no
    value at 0. None with fewer than three points, or where one is not finite.
    """
    x, y = np.asarray(steps, float), np.asarray(values, float)
    x, y = x[x > 0], y[x > 0]
    if len(x) < FEWEST_POINTS or not np.isfinite(y).all():
        return None
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
    """Stops a run that will hardly end better than `best`; `sign` -1 where lower is better.

    It acts where the chance of that is below `least_chance`, and never on a curve that stands
    still: many tasks are at chance level first and learnt at a stroke. `final` is the step at
    which a run ends by itself. Scores are as the objective has them. Pickles, so that it
    travels with the run.
    """

    best: float
    final: float
    sign: int = 1
    least_chance: float = 0.05

    def __call__(self, steps: Sequence[float], scores: Sequence[float]) -> None:
        end = extrapolate(steps, scores, self.final)
        if end is None or self._stands_still(steps, scores):
            return
        if self.chance(end) >= self.least_chance:
            return
        reason = (
            f"curve: at step {steps[-1]:g} of {self.final:g} it is headed for {end.mean:.4g} "
            f"± {end.spread:.1g}, the best has {self.best:.4g}"
        )
        raise StoppedEarly(reason, end.mean, self.best, scores)

    def _stands_still(self, steps: Sequence[float], scores: Sequence[float]) -> bool:
        trained = [score for step, score in zip(steps, scores, strict=True) if step > 0]
        return max(trained) - min(trained) <= STILL * abs(self.best - trained[0])

    def chance(self, end: Prediction) -> float:
        """How likely a run with that end is better than the best, 0..1."""
        behind = self.sign * (self.best - end.mean) / end.spread
        return 0.5 * math.erfc(behind / math.sqrt(2))


def stopper_for(domain: Domain, board: Scoreboard, tier: str) -> CurveStopper | None:
    """What may stop a run at `tier`: None where nothing is foretold, or nobody has a score, or
    where another metric decides who goes on: a run that is behind by its score may lead by that."""
    final = _last_step(domain, tier)
    if final is None or not decides_by_score(find_tier(domain, tier), board.objective):
        return None
    ranking = board.ranking(tier)
    return CurveStopper(ranking[0].score, final, board.sign) if ranking else None


def stopper_again(domain: Domain, stopped: Evaluation) -> CurveStopper | None:
    """What stopped a run, from what is stored of it; None where nothing did."""
    final, bar = _last_step(domain, stopped.tier), stopped.metrics.get(BAR)
    if final is None or bar is None:
        return None
    return CurveStopper(bar, final, domain.objectives[0].sign)


def _last_step(domain: Domain, name: str) -> float | None:
    """The end of a curve at a tier that ranks."""
    if not isinstance(domain, Stoppable):
        return None
    return next((domain.last_step(t) for t in domain.tiers if t.ranks and t.name == name), None)

"""What a dear tier will say, by a few results there and what is known of a cheaper one.

    y(x) = r f(x) + d(x)

with f what the model knows of the base, the tier with most results; r how alike the two tiers
are; and d a process with the same kernel, 1 - r^2 of its variance (Kennedy and O'Hagan 2000),
fitted after the base (Le Gratiet and Garnier 2014), of which it changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .calibration import Recalibration
from .contract import Prediction, Sample
from .describer import Describer
from .gp import cholesky, one_thread
from .learning import TUNING_ROWS, Described, Learnt, in_scores, rank_correlation
from .warp import Warp

Array = NDArray[np.float64]

FEWEST = 3
"""Results below which nothing is learnt of a dear tier."""
LIKENESS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)
"""Values of r among which the results choose."""
EXPECTED = (1.7, 2.0)
"""Centre and width of the prior on the log odds of r: tiers of one domain are seldom unlike."""


@dataclass(frozen=True)
class Against:
    """Some candidates a against the dear rows d: `means` (a,) under the base, and covariances
    (a, d) at the base: `prior`, and `left` once its results are known."""

    means: Tensor
    prior: Tensor
    left: Tensor

    def mixed(self, likeness: float) -> Tensor:
        """Covariances (a, d) at the dear tier, given the base's results, without noise."""
        return likeness**2 * self.left + (1 - likeness**2) * self.prior

    def __getitem__(self, some: slice) -> Against:
        return Against(self.means[some], self.prior[some, some], self.left[some, some])


@dataclass(frozen=True)
class Fitted:
    """The dear rows under one `likeness`: their scale, their targets (d,) on it, these less what
    the base expects, the precision (d, d) of that, and its log likelihood."""

    likeness: float
    warp: Warp
    targets: Tensor
    residuals: Tensor
    precision: Tensor
    worth: float

    @classmethod
    def of(cls, rows: Against, scores: Array, scale: Warp, noise: float, likeness: float) -> Fitted:
        """Dear candidates are seldom a fair sample: they were promoted. So their scores are put
        where the base expects them, with as much variance."""
        covariance = rows.mixed(likeness) + noise * torch.eye(len(scores), dtype=torch.double)
        means = likeness * rows.means
        unsure = covariance.diagonal().mean() - covariance.mean()
        spread = (means.var(correction=0) + unsure).sqrt()
        warp = scale.moved(scores, float(means.mean()), float(spread))
        targets = torch.from_numpy(warp.forward(scores))
        residuals = targets - means
        factor = cholesky(covariance)
        precision = torch.cholesky_inverse(factor)
        centre, width = EXPECTED
        odds = np.log((likeness + 0.01) / (1.01 - likeness))
        worth = (
            -0.5 * residuals @ precision @ residuals
            - factor.diagonal().log().sum()
            + len(scores) * spread.log()  # the likelihood is of scores, not of targets
            - 0.5 * ((odds - centre) / width) ** 2
        )
        return cls(likeness, warp, targets, residuals, precision, float(worth))

    def misplaced(self, means: Tensor) -> Tensor:
        """The variance that `means` (a,) have by so few results giving the scale its mean and
        its spread."""
        away = (means - self.targets.mean()) ** 2
        return (self.targets.var(correction=0) + 0.5 * away) / len(self.targets)


@dataclass(frozen=True)
class Transfer:
    """A dear tier, learnt on top of `base`."""

    base: Learnt
    describe: Describer
    rows: Described
    reach: Tensor
    """(d, n): covariances of the dear rows with the base's, times the base's precision."""
    fitted: Fitted
    recalibration: Recalibration
    tau: float
    """Kendall's tau of the dear results and of what the base and the others say of each."""

    @classmethod
    @one_thread()
    def learn(
        cls, base: Learnt, describe: Describer, samples: Sequence[Sample], scores: Array
    ) -> Transfer:
        """From the dear `scores` (d,), at least FEWEST and not all equal; `samples` must be
        described as those of the base were."""
        rows = base.ground.encode(describe, samples)
        across = torch.from_numpy(base.ground.covariance(rows, base.rows))
        reach = across @ torch.from_numpy(base.posterior.precision)
        prior = torch.from_numpy(base.ground.covariance(rows, rows))
        means = across @ torch.from_numpy(base.posterior.weights)
        against = Against(means, prior, prior - reach @ across.T)
        fitted = _fit(base, against, scores)
        variances = 1 / fitted.precision.diagonal()
        off = fitted.precision @ fitted.residuals * variances
        held_back = (fitted.targets - off).numpy()
        recalibration = Recalibration.learn(off.numpy(), variances.sqrt().numpy(), held_back)
        tau = rank_correlation(held_back, scores)
        return cls(base, describe, rows, reach, fitted, recalibration, tau)

    @one_thread()
    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """In the unit of the dear tier's scores."""
        base, likeness = self.base, self.fitted.likeness
        asked = base.ground.encode(self.describe, samples)
        known = base.ground.covariance(asked, base.rows)
        means, variances = (torch.from_numpy(found) for found in base.posterior.predict(known))
        prior = torch.from_numpy(base.ground.covariance(asked, self.rows))
        left = prior - torch.from_numpy(known) @ self.reach.T
        across = Against(means, prior, left).mixed(likeness)
        foreseen = likeness * means + across @ self.fitted.precision @ self.fitted.residuals
        kernel = base.posterior.kernel
        doubt = variances - kernel.noise.exp()
        unknown = likeness**2 * doubt + (1 - likeness**2) * kernel.variance()
        explained = ((across @ self.fitted.precision) * across).sum(dim=1)
        doubt = (unknown - explained).clamp_min(0)
        spreads = (doubt + kernel.noise.exp() + self.fitted.misplaced(foreseen)).sqrt()
        warp = self.fitted.warp.continued(base.warp)
        return in_scores(warp, self.recalibration, foreseen.numpy(), spreads.numpy())


def _fit(base: Learnt, rows: Against, scores: Array) -> Fitted:
    """Under the likeness that explains the scores best; chosen on few rows where there are many."""
    scale = Warp.learn(scores, base.ground.straight)
    noise = base.posterior.kernel.noise_variance()
    some = slice(TUNING_ROWS)
    tried = [Fitted.of(rows[some], scores[some], scale, noise, r) for r in LIKENESS]
    best = max(tried, key=lambda fitted: fitted.worth)
    if len(scores) <= TUNING_ROWS:
        return best
    return Fitted.of(rows, scores, scale, noise, best.likeness)

"""What a dear tier will say, by a few results there and what is known of a cheaper one.

    y(x) = r f(x) + d(x)

with f what the model knows of the base, the tier with most results; r how alike the two tiers
are; and d a process of its own (Kennedy and O'Hagan 2000), fitted after the base (Le Gratiet and
Garnier 2014), of which it changes nothing. Here d has the kernel of f and 1 - r^2 of its
variance, so that both tiers have as much.
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
from .gp import Kernel, Posterior, cholesky, one_thread
from .learning import TUNING_ROWS, Described, Learnt, in_scores, rank_correlation, worth_keeping
from .warp import Warp

Array = NDArray[np.float64]

CORRELATIONS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97, 0.99)
"""Values of r among which the results choose."""
EXPECTED = (1.7, 2.0)
"""Centre and width of the prior on the log odds of r: tiers of one domain are seldom unlike."""
BEYOND = 1.0
"""How uncertain distances are beyond the dear results, as a share of them: where only the best
ran, nobody has seen how far the others fall."""


@dataclass(frozen=True)
class Against:
    """Some candidates a against the dear rows d: `means` (a,) under the base, and covariances
    (a, d) at the base, `prior` and `posterior` to its results."""

    means: Tensor
    prior: Tensor
    posterior: Tensor

    def mixed(self, correlation: float) -> Tensor:
        """Covariances (a, d) at the dear tier, given the base's results, without noise."""
        return correlation**2 * self.posterior + (1 - correlation**2) * self.prior

    def __getitem__(self, some: slice) -> Against:
        return Against(self.means[some], self.prior[some, some], self.posterior[some, some])


@dataclass(frozen=True)
class Fitted:
    """The dear rows under one `correlation`: their scale, their targets (d,) on it, the posterior
    of what these are beyond the base's expectation, and the log posterior of the correlation."""

    correlation: float
    warp: Warp
    targets: Tensor
    posterior: Posterior
    log_posterior: float

    @classmethod
    def of(
        cls, kernel: Kernel, rows: Against, scores: Array, scale: Warp, correlation: float
    ) -> Fitted:
        """Dear candidates are seldom a fair sample: they were promoted. So their scores are put
        where the base expects them, with as much variance. Their noise is that of the base."""
        noise = kernel.noise_variance() * torch.eye(len(scores), dtype=torch.double)
        covariance = rows.mixed(correlation) + noise
        means = correlation * rows.means
        within = covariance.diagonal().mean() - covariance.mean()
        spread = (means.var(correction=0) + within).sqrt()
        warp = scale.moved(scores, float(means.mean()), float(spread))
        targets = torch.from_numpy(warp.forward(scores))
        residuals = targets - means
        factor = cholesky(covariance)
        precision = torch.cholesky_inverse(factor)
        weights = precision @ residuals
        centre, width = EXPECTED
        odds = np.log((correlation + 0.01) / (1.01 - correlation))
        log_posterior = (
            -0.5 * residuals @ weights
            - factor.diagonal().log().sum()
            + len(scores) * spread.log()  # the likelihood is of scores, not of targets
            - 0.5 * ((odds - centre) / width) ** 2
        )
        posterior = Posterior(kernel, weights.numpy(), precision.numpy())
        return cls(correlation, warp, targets, posterior, float(log_posterior))

    def misplaced(self, means: Tensor) -> Tensor:
        """The variance that `means` (a,) have since few results, and perhaps none near, gave the
        scale its mean and its spread."""
        away = means - self.targets.mean()
        beyond = means - means.clamp(self.targets.min(), self.targets.max())
        few = (self.targets.var(correction=0) + 0.5 * away**2) / len(self.targets)
        return few + (BEYOND * beyond) ** 2


@dataclass(frozen=True)
class Transfer:
    """A dear tier, learnt on top of `base`."""

    base: Learnt
    describe: Describer
    rows: Described
    reach: Tensor
    """(d, n): covariances of the dear rows with the base's, times the base's precision."""
    fitted: Fitted
    warp: Warp
    """The scale of the dear scores, with the form of the base's beyond their ends."""
    recalibration: Recalibration
    tau: float
    """Kendall's tau of the dear results and of what the base and the others say of each, on a scale
    that all of them made."""

    @classmethod
    @one_thread()
    def learn(
        cls,
        base: Learnt,
        describe: Describer,
        samples: Sequence[Sample],
        scores: Array,
        seed: int = 0,
    ) -> Transfer:
        """From finite `scores` that are not all equal, of `samples` described as those of the base
        were; of very many, from as many as the base would keep."""
        kept = worth_keeping(scores, seed)
        kept = np.random.default_rng((seed, len(kept))).permutation(kept)
        scores = scores[kept]
        rows = base.ground.encode(describe, [samples[i] for i in kept])
        across = torch.from_numpy(base.ground.covariance(rows, base.rows))
        reach = across @ torch.from_numpy(base.posterior.precision)
        prior = torch.from_numpy(base.ground.covariance(rows, rows))
        means = across @ torch.from_numpy(base.posterior.weights)
        fitted = _fit(base, Against(means, prior, prior - reach @ across.T), scores)
        targets = fitted.targets.numpy()
        held_back, variances = fitted.posterior.held_back(targets)
        recalibration = Recalibration.learn(targets - held_back, np.sqrt(variances), held_back)
        tau = rank_correlation(held_back, scores)
        warp = fitted.warp.continued(base.warp)
        return cls(base, describe, rows, reach, fitted, warp, recalibration, tau)

    @one_thread()
    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """In the unit of the dear tier's scores."""
        base, fitted, r = self.base, self.fitted, self.fitted.correlation
        kernel = base.posterior.kernel
        asked = base.ground.encode(self.describe, samples)
        known = base.ground.covariance(asked, base.rows)
        means, variances = (torch.from_numpy(found) for found in base.posterior.predict(known))
        prior = torch.from_numpy(base.ground.covariance(asked, self.rows))
        posterior = prior - torch.from_numpy(known) @ self.reach.T
        across = Against(means, prior, posterior).mixed(r)
        beyond = fitted.posterior
        foreseen = r * means + across @ torch.from_numpy(beyond.weights)
        unknown = r**2 * (variances - kernel.noise.exp()) + (1 - r**2) * kernel.variance()
        explained = ((across @ torch.from_numpy(beyond.precision)) * across).sum(dim=1)
        spreads = ((unknown - explained).clamp_min(0) + kernel.noise.exp()).sqrt()
        spreads = torch.from_numpy(self.recalibration(spreads.numpy(), foreseen.numpy()))
        spreads = (spreads**2 + fitted.misplaced(foreseen)).sqrt()
        return in_scores(self.warp, foreseen.numpy(), spreads.numpy())


def _fit(base: Learnt, rows: Against, scores: Array) -> Fitted:
    """Under the correlation that is likeliest; chosen on few rows where there are many."""
    scale = Warp.learn(scores, base.ground.straight)
    kernel = base.posterior.kernel
    some = slice(TUNING_ROWS)
    tried = [Fitted.of(kernel, rows[some], scores[some], scale, r) for r in CORRELATIONS]
    best = max(tried, key=lambda fitted: fitted.log_posterior)
    if len(scores) <= TUNING_ROWS:
        return best
    return Fitted.of(kernel, rows, scores, scale, best.correlation)

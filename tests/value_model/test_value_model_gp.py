"""The Gaussian process where rounding is against it."""

import numpy as np
import torch

from discover.value_model.gp import Kernel, Posterior


def test_a_covariance_that_rounding_made_indefinite_is_learnt_from():
    kernel = Kernel.prior([1.0])
    kernel = Kernel(kernel.amplitude, kernel.scale, kernel.weight, torch.tensor(-12.0).double())
    alike = np.full((40, 40), kernel.variance())
    rounding = np.random.default_rng(0).normal(scale=1e-3 * kernel.variance(), size=alike.shape)
    covariance = alike + (rounding + rounding.T) / 2
    assert np.linalg.eigvalsh(covariance).min() < -1.5e-3 * kernel.variance()
    posterior = Posterior.of(kernel, covariance, np.linspace(-1, 1, 40))
    means, variances = posterior.predict(covariance)
    assert np.isfinite(means).all() and (variances > 0).all()
    assert abs(means).max() < 1

"""The kernel in its two forms, and the Gaussian process where rounding is against it."""

import numpy as np
import pytest
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


def test_the_kernel_is_one_on_tensors_and_on_arrays() -> None:
    rng = np.random.default_rng(0)
    parts = [torch.from_numpy(np.asarray(rng.normal(size=size))) for size in (4, 3, 3, ())]
    kernel = Kernel(*parts)
    distances = rng.uniform(0, 4, size=(3, 6, 5)).astype(np.float32)
    ours = kernel(torch.from_numpy(distances)).numpy()
    assert kernel.covariance(list(distances.copy())) == pytest.approx(ours, rel=1e-5)
    alike = kernel(torch.zeros(3, 1, 1)).item()
    assert kernel.variance() == pytest.approx(alike, rel=1e-6)

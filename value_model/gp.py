"""A Gaussian process whose kernel is a sum over families of features.

    k = sum_f a_f (e^(-d_f l_f / 2) + 4 e^(-d_f l_f / 10)) + a_0 e^(-sum_f d_f w_f / 2)

with d_f the squared distance of two candidates in family f. The short scale tells near
ones apart, the long one is close to a linear model, and the last term lets families
interact. Amplitudes, scales and noise are found in tuning.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]
Distances = Sequence[NDArray[np.float32]]
"""One matrix (n, m) of squared distances a family."""

NOISE = 0.1
"""Centre of the prior on the noise variance; targets have variance 1."""
FLOOR = 1e-3
"""Noise that is always there, as a share of the prior variance."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread: the cores belong to the evaluations, and digits stay the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class Kernel:
    """Log amplitudes (families + 1,), log scales and joint weights (families,), log noise."""

    amplitude: Tensor
    scale: Tensor
    weight: Tensor
    noise: Tensor

    @classmethod
    def prior(cls, shares: Sequence[float]) -> Kernel:
        """Variance by the shares of the families, and one share for their interaction."""
        parts = torch.tensor([*shares, 1.0], dtype=torch.double)
        alone = parts[:-1]
        return cls(
            torch.log(parts / parts.sum()),
            torch.zeros(len(alone), dtype=torch.double),
            torch.log(alone / alone.sum()),
            torch.tensor(np.log(NOISE), dtype=torch.double),
        )

    def parts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.amplitude, self.scale, self.weight, self.noise

    def __call__(self, distances: Tensor) -> Tensor:
        """Squared distances (families, n, m) to covariances (n, m)."""
        amplitude, scale, weight = (p.exp().float() for p in self.parts()[:3])
        apart = distances.flatten(1)
        long = torch.exp(apart * (-0.1 * scale[:, None]))
        square = long * long
        total = amplitude[:-1] @ (long * (square * square + 4))
        mixed = torch.exp(-0.5 * (weight @ apart))
        return (total + amplitude[-1] * mixed).view(distances.shape[1:]).double()

    @torch.no_grad()
    def covariance(self, distances: Distances) -> Array:
        """The same on arrays (n, m), which it uses up: large ones, one family at a time."""
        amplitude, scale, weight = (p.exp().tolist() for p in self.parts()[:3])
        total, mixed = torch.zeros(2, *distances[0].shape)
        for f, apart in enumerate(distances):
            d = torch.from_numpy(apart)
            mixed.add_(d, alpha=weight[f])
            long = d.mul_(-0.1 * scale[f]).exp_()
            short = (long * long).square_().add_(4)
            total.addcmul_(long, short, value=amplitude[f])
        total.add_(mixed.mul_(-0.5).exp_(), alpha=amplitude[-1])
        found: Array = total.double().numpy()
        return found

    def variances(self) -> Tensor:
        """The prior variance of a candidate by part, without noise: (families + 1,)."""
        parts = self.amplitude.exp()
        parts[:-1] *= 5  # of the two scales together, at no distance
        return parts

    def variance(self) -> float:
        """The prior variance of a candidate, without noise."""
        return float(self.variances().sum())

    def noise_variance(self) -> float:
        """The variance of results of one candidate, with the floor."""
        return float(self.noise.exp()) + FLOOR * self.variance()


def misfit(kernel: Kernel, d: Tensor, y: Tensor) -> Tensor:
    """The negative log marginal likelihood, up to a constant
    (Rasmussen and Williams 2006, equation 5.8)."""
    factor = cholesky(_noisy(kernel, kernel(d)))
    weights = torch.cholesky_solve(y[:, None], factor)[:, 0]
    return 0.5 * y @ weights + factor.diagonal().log().sum()


def _noisy(kernel: Kernel, covariance: Tensor) -> Tensor:
    noise = kernel.noise.exp() + FLOOR * covariance.diagonal().mean()
    return covariance + noise * torch.eye(len(covariance), dtype=torch.double)


def cholesky(matrix: Tensor) -> Tensor:
    """The lower factor, with as much more noise as the rounding of distances asks for.

    Distances are in single precision, so rows that are nearly alike may give a matrix that
    is just not positive-definite.
    """
    factor, failed = torch.linalg.cholesky_ex(matrix)
    more = FLOOR * matrix.diagonal().mean().detach()
    while failed and more < matrix.diagonal().mean():
        more = 4 * more
        factor, failed = torch.linalg.cholesky_ex(matrix + more * torch.eye(len(matrix)).double())
    return factor if not failed else torch.linalg.cholesky(matrix)


@dataclass(frozen=True)
class Posterior:
    """A kernel with what it has seen: `weights` (n,) and `precision` (n, n)."""

    kernel: Kernel
    weights: Array
    precision: Array

    @classmethod
    def of(cls, kernel: Kernel, covariance: Array, targets: Array) -> Posterior:
        """From the covariance (n, n) of the training rows, without noise."""
        noisy = _noisy(kernel, torch.from_numpy(covariance))
        precision = torch.cholesky_inverse(cholesky(noisy))
        weights = precision @ torch.from_numpy(targets)
        return cls(kernel, weights.numpy(), precision.numpy())

    def predict(self, covariance: Array) -> tuple[Array, Array]:
        """Means and variances (m,) from covariances (m, n) with the training rows."""
        across = torch.from_numpy(covariance)
        explained = ((across @ torch.from_numpy(self.precision)) * across).sum(dim=1).numpy()
        doubt = np.maximum(self.kernel.variance() - explained, 0.0)
        return (across @ torch.from_numpy(self.weights)).numpy(), doubt + float(
            self.kernel.noise.exp()
        )

    def held_back(self, targets: Array) -> tuple[Array, Array]:
        """Each training row as predicted from the others: means and variances (n,).

        Rasmussen and Williams 2006, equation 5.12.
        """
        variance = 1.0 / np.diag(self.precision)
        return targets - self.weights * variance, variance

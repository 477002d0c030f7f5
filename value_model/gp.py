"""A Gaussian process whose kernel is a sum over families of features.

    k = sum_f a_f (e^(-d_f l_f / 2) + 4 e^(-d_f l_f / 10)) + a_0 e^(-sum_f d_f w_f / 2)

with d_f the squared distance of two candidates in family f. The short scale tells near
ones apart, the long one is close to a linear model, and the last term lets families
interact. Amplitudes, scales and noise are found by maximum a posteriori likelihood
(Rasmussen and Williams 2006, equation 5.8), under log-normal priors that hold them near
equal shares, so that a few dozen rows suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]
Distances = NDArray[np.float32]

NOISE = 0.1
"""Centre of the prior on the noise variance; targets have variance 1."""
FLOOR = 1e-3
"""Noise that is always there, as a share of the prior variance."""


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
        """(families, n, m) squared distances to covariances (n, m)."""
        amplitude, scale, weight = (p.exp().to(distances.dtype) for p in self.parts()[:3])
        total = torch.zeros(distances.shape[1:], dtype=distances.dtype)
        for f, d in enumerate(distances):
            long = torch.exp(d * (-0.1 * scale[f]))
            square = long * long
            total = total + amplitude[f] * (long * square * square + 4 * long)
        mixed = torch.einsum("fnm,f->nm", distances, weight)
        return (total + amplitude[-1] * torch.exp(-0.5 * mixed)).double()

    def variance(self) -> float:
        """The prior variance of a candidate, without noise."""
        return float(5 * self.amplitude[:-1].exp().sum() + self.amplitude[-1].exp())


def tune(distances: Distances, targets: Array, prior: Kernel, start: Kernel, steps: int) -> Kernel:
    """The kernel that explains `targets` (n,) best under `prior`, from `start`, by Adam."""
    d = torch.from_numpy(distances)
    y = torch.from_numpy(targets)
    centre = prior.parts()
    parts = [p.detach().clone().requires_grad_() for p in start.parts()]
    optimiser = torch.optim.Adam(parts, lr=0.1)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = _misfit(Kernel(*parts), d, y)
        loss = loss + 0.5 * sum(((p - c) ** 2).sum() for p, c in zip(parts, centre, strict=True))
        loss.backward()
        optimiser.step()
    return Kernel(*(p.detach() for p in parts))


def _misfit(kernel: Kernel, d: Tensor, y: Tensor) -> Tensor:
    """The negative log marginal likelihood, up to a constant."""
    factor = torch.linalg.cholesky(_noisy(kernel, d))
    weights = torch.cholesky_solve(y[:, None], factor)[:, 0]
    return 0.5 * y @ weights + factor.diagonal().log().sum()


def _noisy(kernel: Kernel, d: Tensor) -> Tensor:
    covariance = kernel(d)
    noise = kernel.noise.exp() + FLOOR * covariance.diagonal().mean()
    return covariance + noise * torch.eye(d.shape[1], dtype=torch.double)


@dataclass(frozen=True)
class Posterior:
    """A kernel with what it has seen: `weights` (n,) and `precision` (n, n)."""

    kernel: Kernel
    weights: Array
    precision: Array

    @classmethod
    def of(cls, kernel: Kernel, distances: Distances, targets: Array) -> Posterior:
        covariance = _noisy(kernel, torch.from_numpy(distances))
        precision = torch.cholesky_inverse(torch.linalg.cholesky(covariance)).numpy()
        return cls(kernel, precision @ targets, precision)

    def predict(self, distances: Distances) -> tuple[Array, Array]:
        """Means and variances (m,) from distances (families, n, m) to the training rows."""
        k = self.kernel(torch.from_numpy(distances)).numpy()
        explained = ((self.precision @ k) * k).sum(axis=0)
        doubt = np.maximum(self.kernel.variance() - explained, 0.0)
        return self.weights @ k, doubt + float(self.kernel.noise.exp())

    def held_back(self, targets: Array) -> tuple[Array, Array]:
        """Each training row as predicted from the others: means and variances (n,).

        Rasmussen and Williams 2006, equation 5.12.
        """
        variance = 1.0 / np.diag(self.precision)
        return targets - self.weights * variance, variance

"""What one backward pass through a fresh mixer says of it, without training: zero-cost proxies.

Figures for a value model, reported by the candidate's own process, so they decide nothing.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

RIDGE = 1e-5
"""Added to eigenvalues, of which some are zero."""


def jacobian_covariance(mixer: nn.Module, x: Tensor) -> float:
    """How alike a mixer's responses to the rows of `x` (batch, time, d_model) are, from
    log(batch) up.

    The eigenvalues v of the correlations between the rows' input gradients: log of the sum of
    log v + 1/v, whose negative is the first score of Mellor et al. (2021, arXiv:2006.04647v1).
    NaN where a row has no gradient.
    """
    source = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(mixer(source).sum(), source)
    eigenvalues = torch.linalg.eigvalsh(torch.corrcoef(gradient.flatten(1)).double())
    shifted = eigenvalues.clamp(min=0) + RIDGE
    return float((shifted.log() + 1 / shifted).sum().log())


def synaptic_flow(mixer: nn.Module, length: int, d_model: int) -> float:
    """The logarithm of sum |w dR/dw|, where R sums the output on ones under weights |w|.

    Tanaka et al. 2020, equation 2. -inf where no weight matters.
    """
    positive = copy.deepcopy(mixer)
    with torch.no_grad():
        for weight in positive.parameters():
            weight.abs_()
    positive(torch.ones(1, length, d_model)).sum().backward()
    flows = [(w * w.grad).abs().sum().item() for w in positive.parameters() if w.grad is not None]
    total = sum(flows)
    return math.log(total) if total > 0 else -math.inf

"""Where parameters start."""

import math

import torch
from torch import Tensor


def initial_step_bias(n: int) -> Tensor:
    """Biases whose softplus lies log-uniformly in [0.001, 0.1] (Mamba, arXiv 2312.00752)."""
    step = torch.empty(n).uniform_(math.log(0.001), math.log(0.1)).exp()
    return step + torch.log(-torch.expm1(-step))

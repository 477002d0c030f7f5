"""Rotary positions."""

import torch
from torch import Tensor


def rotary(x: Tensor) -> Tensor:
    """Turn channels of (batch, heads, time, d) by their position (RoFormer, arXiv 2104.09864)."""
    half = x.shape[-1] // 2
    frequency = 10000.0 ** (-torch.arange(half, device=x.device) / half)
    angle = torch.arange(x.shape[-2], device=x.device)[:, None] * frequency
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)

"""How mixers lay out heads and chunks."""

import torch.nn.functional as F
from torch import Tensor


def split_heads(x: Tensor, n_heads: int) -> Tensor:
    """(batch, time, n_heads * d) to (batch, n_heads, time, d)."""
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """(batch, n_heads, time, d) to (batch, time, n_heads * d)."""
    return x.transpose(1, 2).flatten(2)


def to_chunks(x: Tensor, size: int) -> Tensor:
    """(batch, heads, time, d) to (chunks, batch, heads, size, d), zeros after the end."""
    x = F.pad(x, (0, 0, 0, -x.shape[-2] % size))
    return x.unflatten(-2, (-1, size)).movedim(2, 0).float()


def from_chunks(x: Tensor, length: int) -> Tensor:
    """(chunks, batch, heads, size, d) back to (batch, heads, length, d)."""
    return x.movedim(0, 2).flatten(2, 3)[:, :, :length]

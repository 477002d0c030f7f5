"""Tensors among the shared numbers of a line; used at both of its ends."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor


def put(numbers: Tensor, at: int, tensors: Iterable[Tensor]) -> int:
    """Write tensors to the flat `numbers` from `at` on, one behind the other; where they end."""
    for tensor in tensors:
        numbers[at : at + tensor.numel()].copy_(tensor.detach().reshape(-1))
        at += tensor.numel()
    return at

"""What one pass through a mixer costs: arithmetic, memory and CPU time.

Figures for a value model, reported by the candidate's own process, so they decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import thread_time
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

PASSES = 3
"""As many are timed, of which the least counts."""


def _attention_flops(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(query, key, value)


ON_CPU = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention_flops}
"""Operations of a CPU that torch has no formula of its own for."""


def forward_flops(mixer: nn.Module, x: Tensor) -> int:
    """Floating-point operations of a forward pass, two for a multiplication with its sum.

    Of matrix products, convolutions and scaled dot-product attention alone (whole squares, also
    where it is causal): element-wise work, sums, scans and Fourier transforms count nothing.
    """
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=ON_CPU) as counter:
        mixer(x)
    return counter.get_total_flops()


@dataclass(eq=False)
class _Saved:
    """A tensor that autograd keeps; it goes with the graph that holds it."""

    tensor: Tensor


def activation_bytes(mixer: nn.Module, x: Tensor) -> int:
    """Bytes that a forward pass keeps for the backward pass, whole storages, each once.

    The input is among them where it is kept; parameters and buffers are not.
    """
    saved: WeakSet[_Saved] = WeakSet()

    def pack(tensor: Tensor) -> _Saved:
        held = _Saved(tensor.detach())
        saved.add(held)
        return held

    with saved_tensors_hooks(pack, lambda held: held.tensor):
        output = mixer(x.clone().requires_grad_())
    storages = [held.tensor.untyped_storage() for held in saved]
    kept = {storage.data_ptr(): storage.nbytes() for storage in storages}
    del output  # held the graph until all was counted
    own = {t.untyped_storage().data_ptr() for t in (*mixer.parameters(), *mixer.buffers())}
    return sum(size for at, size in kept.items() if at not in own)


def pass_seconds(mixer: nn.Module, x: Tensor) -> tuple[float, float]:
    """CPU-seconds of a forward pass that keeps its graph, and of the backward pass through it."""
    source = x.clone().requires_grad_()
    wanted = [source, *(p for p in mixer.parameters() if p.requires_grad)]
    passes = [_timed_pass(mixer, source, wanted) for _ in range(PASSES)]
    return min(forward for forward, _ in passes), min(backward for _, backward in passes)


def _timed_pass(mixer: nn.Module, source: Tensor, wanted: list[Tensor]) -> tuple[float, float]:
    """By the thread's clock: under a limit of CPU time the process's moves by ticks."""
    start = thread_time()
    y = mixer(source)
    between = thread_time()
    torch.autograd.grad(y, wanted, torch.ones_like(y), allow_unused=True)
    return between - start, thread_time() - between

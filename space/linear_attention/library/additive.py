"""Recurrences that only add to the state, computed chunk by chunk in float32.

q and k are (batch, heads, time, d_key), v is (batch, heads, time, d_value); the state is
(d_key, d_value) for each head.
"""

import torch
from torch import Tensor

from .layout import from_chunks, to_chunks


def linear_attention(q: Tensor, k: Tensor, v: Tensor, chunk: int = 64) -> Tensor:
    """S_t = S_{t-1} + k_t v_t^T and o_t = S_t^T q_t."""
    length = q.shape[-2]
    q, k, v = (to_chunks(x, min(chunk, length)) for x in (q, k, v))
    update = k.mT @ v
    state = torch.cat((torch.zeros_like(update[:1]), update[:-1].cumsum(0)))
    return from_chunks((q @ k.mT).tril() @ v + q @ state, length)


def decayed_linear_attention(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, chunk: int = 64
) -> Tensor:
    """S_t = exp(g_t) S_{t-1} + k_t v_t^T and o_t = S_t^T q_t.

    log_decay is g, (batch, heads, time): one decay for each head.
    """
    length = q.shape[-2]
    size = min(chunk, length)
    q, k, v = (to_chunks(x, size) for x in (q, k, v))
    total = to_chunks(log_decay[..., None], size).cumsum(-2)
    last = total[..., -1:, :]
    future = torch.ones(size, size, dtype=torch.bool, device=q.device).triu(1)
    between = (total - total.mT).masked_fill(future, -torch.inf).exp()
    states = scan_states((k * (last - total).exp()).mT @ v, last.exp())
    return from_chunks((q @ k.mT * between) @ v + (q * total.exp()) @ states, length)


def gated_linear_attention(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, chunk: int = 16
) -> Tensor:
    """S_t = diag(exp(g_t)) S_{t-1} + k_t v_t^T and o_t = S_t^T q_t.

    log_decay is g, (batch, heads, time, d_key), at least -5: measured from the middle of
    a chunk of 16, no exponent then passes 40.
    """
    length = q.shape[-2]
    size = min(chunk, length)
    q, k, v, log_decay = (to_chunks(x, size) for x in (q, k, v, log_decay))
    total = log_decay.cumsum(-2)
    last, middle = total[..., -1:, :], total[..., size // 2, None, :]
    inside = ((q * (total - middle).exp()) @ (k * (middle - total).exp()).mT).tril()
    states = scan_states((k * (last - total).exp()).mT @ v, last.exp().mT)
    return from_chunks(inside @ v + (q * total.exp()) @ states, length)


def scan_states(updates: Tensor, decays: Tensor) -> Tensor:
    """The state before each chunk, where a chunk makes of S: decay * S + update."""
    state, states = torch.zeros_like(updates[0]), []
    for update, decay in zip(updates.unbind(), decays.unbind(), strict=True):
        states.append(state)
        state = decay * state + update
    return torch.stack(states)

"""Recurrences that also correct the state: the delta rule and its kin, in float32.

Inside a chunk the corrections u depend on one another through a triangular system, solved
at once (the UT transform of DeltaNet, arXiv 2406.06484); a loop carries the state.
q and k are (batch, heads, time, d_key), v is (batch, heads, time, d_value), beta is
(batch, heads, time); the state is (d_key, d_value) for each head.
"""

import torch
from torch import Tensor

from .layout import from_chunks, to_chunks


def delta_rule(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, chunk: int = 32) -> Tensor:
    """S_t = S_{t-1} + beta_t k_t (v_t - S_{t-1}^T k_t)^T and o_t = S_t^T q_t."""
    length = q.shape[-2]
    q, k, v, beta = (to_chunks(x, min(chunk, length)) for x in (q, k, v, beta[..., None]))
    k_beta = beta * k
    u, w = solve_unit_lower(k_beta @ k.mT, beta * v, k_beta)
    inside = (q @ k.mT).tril()
    state, out = torch.zeros_like(k[0].mT @ v[0]), []
    chunks = zip(*(x.unbind() for x in (q, k, u, w, inside)), strict=True)
    for q_n, k_n, u_n, w_n, inside_n in chunks:
        u_n = u_n - w_n @ state
        out.append(q_n @ state + inside_n @ u_n)
        state = state + k_n.mT @ u_n
    return from_chunks(torch.stack(out), length)


def gated_delta_rule(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, beta: Tensor, chunk: int = 32
) -> Tensor:
    """S_t = a_t S_{t-1} + beta_t k_t (v_t - a_t S_{t-1}^T k_t)^T and o_t = S_t^T q_t.

    a_t = exp(log_decay_t); log_decay is (batch, heads, time).
    """
    length = q.shape[-2]
    size = min(chunk, length)
    q, k, v = (to_chunks(x, size) for x in (q, k, v))
    log_decay, beta = (to_chunks(x[..., None], size) for x in (log_decay, beta))
    total = log_decay.cumsum(-2)
    last = total[..., -1:, :]
    future = torch.ones(size, size, dtype=torch.bool, device=q.device).triu(1)
    between = (total - total.mT).masked_fill(future, -torch.inf).exp()
    k_beta = beta * k
    u, w = solve_unit_lower(k_beta @ k.mT * between, beta * v, k_beta * total.exp())
    inside = q @ k.mT * between
    return from_chunks(
        scan_corrections(q * total.exp(), k * (last - total).exp(), u, w, inside, last.exp()),
        length,
    )


def channel_gated_delta_rule(
    q: Tensor, k: Tensor, v: Tensor, log_decay: Tensor, beta: Tensor, chunk: int = 16
) -> Tensor:
    """S_t = A_t S_{t-1} + beta_t k_t (v_t - (A_t S_{t-1})^T k_t)^T and o_t = S_t^T q_t.

    A_t = diag(exp(log_decay_t)); log_decay is (batch, heads, time, d_key), at least -5:
    measured from the middle of a chunk of 16, no exponent then passes 40.
    """
    length = q.shape[-2]
    size = min(chunk, length)
    q, k, v, log_decay, beta = (to_chunks(x, size) for x in (q, k, v, log_decay, beta[..., None]))
    total = log_decay.cumsum(-2)
    last, middle = total[..., -1:, :], total[..., size // 2, None, :]
    ahead, behind = (total - middle).exp(), k * (middle - total).exp()
    u, w = solve_unit_lower(beta * k * ahead @ behind.mT, beta * v, beta * k * total.exp())
    inside = (q * ahead @ behind.mT).tril()
    return from_chunks(
        scan_corrections(q * total.exp(), k * (last - total).exp(), u, w, inside, last.exp().mT),
        length,
    )


def diagonal_plus_low_rank(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    log_decay: Tensor,
    remove: Tensor,
    write: Tensor,
    chunk: int = 16,
) -> Tensor:
    """S_t = A_t S_{t-1} - write_t (S_{t-1}^T remove_t)^T + k_t v_t^T and o_t = S_t^T q_t.

    A_t = diag(exp(log_decay_t)). log_decay, remove and write are (batch, heads, time,
    d_key); log_decay is at least -5: measured from the middle of a chunk of 16, no
    exponent then passes 40.
    """
    length = q.shape[-2]
    size = min(chunk, length)
    q, k, v, log_decay, remove, write = (
        to_chunks(x, size) for x in (q, k, v, log_decay, remove, write)
    )
    total = log_decay.cumsum(-2)
    before = total - log_decay
    last, middle = total[..., -1:, :], total[..., size // 2, None, :]
    q_ahead, remove_ahead = q * (total - middle).exp(), remove * (before - middle).exp()
    k_behind, write_behind = (x * (middle - total).exp() for x in (k, -write))
    added = (remove_ahead @ k_behind.mT).tril(-1) @ v
    u, w = solve_unit_lower(-remove_ahead @ write_behind.mT, added, -remove * before.exp())
    # The removals -write u and the additions k v enter the state side by side.
    inside = torch.cat([(q_ahead @ x.mT).tril() for x in (write_behind, k_behind)], -1)
    remain = (last - total).exp()
    k = torch.cat((-write * remain, k * remain), -2)
    u, w = torch.cat((u, v), -2), torch.cat((w, torch.zeros_like(w)), -2)
    return from_chunks(scan_corrections(q * total.exp(), k, u, w, inside, last.exp().mT), length)


def solve_unit_lower(lower: Tensor, *right: Tensor) -> tuple[Tensor, ...]:
    """X of (I + L) X = R for every R in right, L being what lies below lower's diagonal."""
    solution = torch.linalg.solve_triangular(
        lower.tril(-1), torch.cat(right, -1), upper=False, unitriangular=True
    )
    return solution.split([x.shape[-1] for x in right], -1)


def scan_corrections(
    q: Tensor, k: Tensor, u: Tensor, w: Tensor, inside: Tensor, decays: Tensor
) -> Tensor:
    """Carry the state over the chunks; each one corrects by u - w S and reads by q."""
    state, out = torch.zeros_like(k[0].mT @ u[0]), []
    chunks = zip(*(x.unbind() for x in (q, k, u, w, inside, decays)), strict=True)
    for q_n, k_n, u_n, w_n, inside_n, decay in chunks:
        u_n = u_n - w_n @ state
        out.append(q_n @ state + inside_n @ u_n)
        state = decay * state + k_n.mT @ u_n
    return torch.stack(out)

"""What torch builds on first use, built once in the zygote before it forks.

With one thread throughout: a zygote that ever computed on several would leave its children
with locks that nobody holds. CUDA is never touched.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def warm_up() -> None:
    """Run forward, backward and an optimizer step over the usual kinds of operation."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(16, 8), nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU())
    convolution = nn.Conv1d(8, 8, 3, padding=2, groups=8)
    parameters = [*model.parameters(), *convolution.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3)
    tokens = torch.arange(32).reshape(2, 16) % 16
    hidden = model(tokens)
    hidden = convolution(hidden.mT)[..., :16].mT + torch.cumsum(hidden, 1)
    hidden = torch.fft.irfft(torch.fft.rfft(hidden, dim=1), n=16, dim=1)
    hidden = torch.einsum("bti,bsi->bts", hidden, hidden).softmax(-1) @ hidden
    hidden = F.scaled_dot_product_attention(hidden, hidden, hidden, is_causal=True)
    F.cross_entropy(hidden.reshape(-1, 8), tokens.reshape(-1) % 8).backward()
    optimizer.step()
    optimizer.zero_grad()
    with torch.no_grad():
        model.to(torch.bfloat16)(tokens)
    torch.manual_seed(0)

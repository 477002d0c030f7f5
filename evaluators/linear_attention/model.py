"""The model around a candidate's mixers, and its training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn import functional as F

from ...harmless import shown
from ...sandbox.harness import load_module
from .shapes import D_MODEL, DEPTH, MLP_RATIO, N_HEADS
from .source import Declared


class ContractError(ValueError):
    """The candidate's module does not hold what the contract asks for."""


class Program:
    """A candidate's module: its mixer classes, and what its source declares of the rest.

    Layers, norm and recipe are read from the source, as the parent reads them: what the
    module sets while it runs does not count.
    """

    def __init__(self, source: str, declared: Declared) -> None:
        namespace = vars(load_module(source))
        missing = [name for name in declared.layers if not isinstance(namespace.get(name), type)]
        if missing:
            raise ContractError(f"LAYERS names {shown(missing[0])}, and no such class is defined")
        self.mixers: list[type[nn.Module]] = [namespace[name] for name in declared.layers]
        self.kinds: list[type[nn.Module]] = [namespace[name] for name in declared.kinds]
        self.norm = declared.norm
        self.recipe = declared.recipe

    def model(self, vocab: int) -> Model:
        """A model of this program alone, its mixers in this process."""
        kinds = self.mixers
        mixers = [kinds[layer % len(kinds)](D_MODEL, N_HEADS) for layer in range(DEPTH)]
        return Model(mixers, self.norm, vocab)


class Block(nn.Module):
    """A mixer over time and an MLP over channels, each with a residual and a norm."""

    def __init__(self, mixer: nn.Module, norm: str) -> None:
        super().__init__()
        self.norm = norm
        self.mixer = mixer
        self.mlp = nn.Sequential(
            nn.Linear(D_MODEL, MLP_RATIO * D_MODEL),
            nn.GELU(),
            nn.Linear(MLP_RATIO * D_MODEL, D_MODEL),
        )
        self.norms = nn.ModuleList(
            nn.RMSNorm(D_MODEL, eps=1e-6) for _ in range(4 if norm == "sandwich" else 2)
        )

    def forward(self, x: Tensor) -> Tensor:
        for i, layer in enumerate((self.mixer, self.mlp)):
            if self.norm == "pre":
                x = x + layer(self.norms[i](x))
            elif self.norm == "post":
                x = self.norms[i](x + layer(x))
            else:
                x = x + self.norms[i + 2](layer(self.norms[i](x)))
        return x


class Model(nn.Module):
    """Embedding, blocks, norm and head: 115k parameters with mixers of 4 d^2."""

    def __init__(self, mixers: Sequence[nn.Module], norm: str, vocab: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, D_MODEL)
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.blocks = nn.Sequential(*(Block(mixer, norm) for mixer in mixers))
        self.norm = nn.RMSNorm(D_MODEL, eps=1e-6)
        self.head = nn.Linear(D_MODEL, vocab, bias=False)

    def forward(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Logits (n, vocab) at `positions`, which index the flattened (batch * time)."""
        x = self.blocks(self.embedding(tokens)).flatten(0, 1)
        return self.head(self.norm(x[positions]))

    def as_bytes(self) -> bytes:
        """Parameters and buffers in the safetensors format."""
        return safetensors.save({k: v.contiguous() for k, v in self.state_dict().items()})


def train(
    model: Model,
    inputs: NDArray[np.int16],
    targets: NDArray[np.int16],
    lr: float,
    recipe: Mapping[str, float],
) -> list[float]:
    """AdamW with warm-up and cosine decay over (steps, batch, time); the loss at each step.

    Stops at the first loss that is not finite.
    """
    steps = len(inputs)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=lr * recipe["lr"],
        betas=(0.9, recipe["beta2"]),
        weight_decay=recipe["weight_decay"],
    )
    warmup = max(1, round(recipe["warmup"] * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda s: min((s + 1) / warmup, 0.5 * (1 + math.cos(math.pi * s / steps))),
    )
    losses = []
    model.train()
    for step in range(steps):
        wanted = as_long(targets[step]).flatten()
        positions = (wanted >= 0).nonzero().flatten()
        loss = F.cross_entropy(model(as_long(inputs[step]), positions), wanted[positions])
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            break
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return losses


def as_long(tokens: NDArray[np.int16]) -> Tensor:
    return torch.from_numpy(tokens.astype(np.int64))

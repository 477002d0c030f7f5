"""The model around a candidate's mixers, and its training: what runs in the child."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import torch as safetensors
from torch import Tensor, nn
from torch.nn import functional as F

from ...sandbox.harness import load_module
from .shapes import D_MODEL, DEPTH, MLP_RATIO, N_HEADS
from .source import Declared

RECIPE_BOUNDS: Mapping[str, tuple[float, float, float]] = {
    "lr": (1.0, 0.1, 10.0),
    "weight_decay": (0.01, 0.0, 1.0),
    "warmup": (0.05, 0.0, 0.5),
    "beta2": (0.95, 0.8, 0.9999),
}
"""Each knob's default, least and greatest value; `lr` multiplies the tier's own rate."""


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
            raise ContractError(f"LAYERS names {missing[0]!r}, and no such class is defined")
        self.mixers: list[type[nn.Module]] = [namespace[name] for name in declared.layers]
        self.kinds: list[type[nn.Module]] = [namespace[name] for name in declared.kinds]
        self.norm = declared.norm
        self.recipe = read_recipe(declared.recipe)


def read_recipe(given: Mapping[str, float]) -> dict[str, float]:
    """The training recipe with defaults filled in.

    Raises ContractError for an unknown knob or a value out of bounds.
    """
    for knob, value in given.items():
        if knob not in RECIPE_BOUNDS:
            raise ContractError(f"RECIPE has no {knob!r}; it has {', '.join(RECIPE_BOUNDS)}")
        _, least, greatest = RECIPE_BOUNDS[knob]
        if not least <= value <= greatest:
            raise ContractError(f"RECIPE[{knob!r}] lies in [{least}, {greatest}]; got {value}")
    return {knob: float(given.get(knob, bounds[0])) for knob, bounds in RECIPE_BOUNDS.items()}


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
    """Embedding, blocks, norm and head: 115k parameters with a mixer of 4 d^2."""

    def __init__(self, program: Program, vocab: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, D_MODEL)
        nn.init.normal_(self.embedding.weight, std=0.3)
        mixers = (program.mixers[i % len(program.mixers)] for i in range(DEPTH))
        self.blocks = nn.Sequential(*(Block(m(D_MODEL, N_HEADS), program.norm) for m in mixers))
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

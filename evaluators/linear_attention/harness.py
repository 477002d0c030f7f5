"""What runs in the child: models of a candidate's mixers, trained and asked on demand.

Nothing here is trusted by the parent: the candidate shares this process. The parent
sends inputs, and judges raw outputs itself. All that a child needs is imported before the
candidate is: the files themselves it cannot read.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import torch as safetensors

from .model import Model, Program, as_long, train
from .probes import GateOps, Reply
from .source import declarations

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""


class TrainingOps:
    """Train models, hand out their weights, load weights, answer forward passes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.models: dict[str, Model] = {}

    def train(
        self,
        vocab: int,
        lr: float,
        seed: int,
        inputs: NDArray[np.int16],
        targets: NDArray[np.int16],
    ) -> Reply:
        """A new model trained on (steps, batch, time); its losses and weights."""
        torch.manual_seed(seed)
        model = Model(self.program, vocab)
        losses = train(model, inputs, targets, lr, self.program.recipe)
        return {"losses": losses, "weights": model.as_bytes()}

    def load(self, name: str, vocab: int, weights: bytes) -> Reply:
        """Keep a model of these weights under `name`."""
        model = Model(self.program, vocab)
        model.load_state_dict(safetensors.load(weights))
        self.models[name] = model.eval()
        return {}

    def forward(self, name: str, inputs: NDArray[np.int16], positions: NDArray[np.int32]) -> Reply:
        """Logits (n, vocab) of the loaded model at flat positions of (rows, time)."""
        with torch.no_grad():
            logits = self.models[name](as_long(inputs), torch.from_numpy(positions.astype(int)))
        return {"logits": logits.float().numpy()}


def keep_freed_memory() -> None:
    """Let glibc reuse large blocks: mapped anew for every tensor above some size, they cost
    a page fault for every 4 kB, and time would jump with the length where nothing else does.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)


def harness(source: str) -> dict[str, Callable[..., Reply]]:
    """The ops that the parent may call on a candidate's source."""
    torch.set_num_threads(1)
    keep_freed_memory()
    program = Program(source, declarations(source))
    training, gates = TrainingOps(program), GateOps(program)
    return {
        "train": training.train,
        "load": training.load,
        "forward": training.forward,
        "build": gates.build,
        "mix": gates.mix,
        "half": gates.half,
        "gradients": gates.gradients,
        "overfit": gates.overfit,
    }

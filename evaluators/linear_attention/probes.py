"""The child's side of the gates: build, run and train a candidate's mixers on demand."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .costs import activation_bytes, forward_flops, pass_seconds
from .model import ContractError, Program, train
from .proxies import jacobian_covariance, synaptic_flow
from .shapes import D_MODEL, N_HEADS

Array = NDArray[np.float32]
Reply = dict[str, Any]


class GateOps:
    """Answers raw outputs of single mixers; the parent compares them itself."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.mixers: dict[tuple[int, float], nn.Module] = {}

    def build(self, vocab: int) -> Reply:
        """The weights of the whole model as it starts; the parent counts them."""
        torch.manual_seed(0)
        return {"weights": self.program.model(vocab).as_bytes()}

    def mix(self, x: Array, kind: int, training: bool, jitter: float) -> Reply:
        """Output of one mixer on x (batch, time, d_model)."""
        mixer = self._mixer(kind, jitter).train(training)
        torch.manual_seed(0)
        with torch.no_grad():
            return {"y": checked(mixer(torch.from_numpy(x.copy())), x.shape).numpy()}

    def half(self, x: Array, kind: int) -> Reply:
        """Output of one mixer in bfloat16."""
        mixer = copy.deepcopy(self._mixer(kind, 0.0)).eval().to(torch.bfloat16)
        with torch.no_grad():
            y = checked(mixer(torch.from_numpy(x.copy()).to(torch.bfloat16)), x.shape)
        if y.dtype != torch.bfloat16:
            raise ContractError(f"forward turned bfloat16 into {y.dtype}")
        return {"y": y.float().numpy()}

    def gradients(self, x: Array, kind: int, jitter: float) -> Reply:
        """Norms of the gradients of a random projection of the output."""
        mixer = self._mixer(kind, jitter).train()
        source = torch.from_numpy(x.copy()).requires_grad_()
        torch.manual_seed(0)
        y = checked(mixer(source), x.shape)
        (y * torch.randn(y.shape)).mean().backward()
        grads = [p.grad for p in mixer.parameters() if p.grad is not None]
        mixer.zero_grad(set_to_none=True)
        inputs = 0.0 if source.grad is None else source.grad.norm().item()
        return {
            "inputs": inputs,
            "parameters": sum(g.square().sum().item() for g in grads) ** 0.5,
        }

    def proxies(self, x: Array, kind: int, jitter: float) -> Reply:
        """Zero-cost figures of one mixer on x; NaN where it cannot be asked so."""
        mixer = self._mixer(kind, jitter).eval()
        measures: dict[str, Callable[[], float]] = {
            "jacobian": lambda: jacobian_covariance(mixer, torch.from_numpy(x.copy())),
            "synflow": lambda: synaptic_flow(mixer, *x.shape[1:]),
        }
        return {name: _or_nan(measure) for name, measure in measures.items()}

    def costs(self, length: int, kind: int, jitter: float) -> Reply:
        """What one mixer costs a token, trained on one row; NaN where it cannot be asked so."""
        mixer = self._mixer(kind, jitter).train()
        torch.manual_seed(0)
        x = torch.randn(1, length, D_MODEL)
        seconds = cache(lambda: pass_seconds(mixer, x))
        measures: dict[str, Callable[[], float]] = {
            "flops": lambda: forward_flops(mixer, x),
            "activation_bytes": lambda: activation_bytes(mixer, x),
            "training_forward_ns": lambda: 1e9 * seconds()[0],
            "backward_ns": lambda: 1e9 * seconds()[1],
        }
        return {name: _or_nan(measure) / length for name, measure in measures.items()}

    def overfit(self, tokens: NDArray[np.int16], vocab: int, steps: int, lr: float) -> Reply:
        """Losses of training on one batch (batch, time) of next-token prediction."""
        torch.manual_seed(0)
        model = self.program.model(vocab)
        inputs = np.repeat(tokens[None, :, :-1], steps, axis=0)
        targets = np.repeat(tokens[None, :, 1:], steps, axis=0)
        return {"losses": train(model, inputs, targets, lr, self.program.recipe)}

    def _mixer(self, kind: int, jitter: float) -> nn.Module:
        """One mixer; jittered weights wake branches that start at zero."""
        if (kind, jitter) not in self.mixers:
            torch.manual_seed(kind)
            mixer = self.program.kinds[kind](D_MODEL, N_HEADS)
            with torch.no_grad():
                for parameter in mixer.parameters():
                    parameter.add_(jitter * torch.randn_like(parameter))
            self.mixers[kind, jitter] = mixer
        return self.mixers[kind, jitter]


def _or_nan(measure: Callable[[], float]) -> float:
    """NaN where the candidate's code fails: no contract asks it to run so."""
    try:
        return measure()
    except Exception:
        return math.nan


def checked(y: object, shape: tuple[int, ...]) -> Tensor:
    """What a mixer returned, which must be a tensor of its input's shape."""
    if not isinstance(y, Tensor):
        raise ContractError(f"forward returns a tensor; got {type(y).__name__}")
    if y.shape != shape:
        raise ContractError(f"forward keeps the shape {shape}; got {tuple(y.shape)}")
    return y

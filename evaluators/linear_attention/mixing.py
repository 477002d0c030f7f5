"""What runs in a candidate's child while its model is trained: the mixers, and nothing else.

Data, weights, loss and optimizer are in another child (training.py), which sends hidden
states and asks for outputs and gradients. Nothing here is trusted, and all that it can do to
a score is to be a good mixer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ...sandbox.child import describe
from ...sandbox.link import Link, PeerFailed
from .memory import keep_freed_memory
from .model import ContractError, Program
from .probes import checked
from .shapes import D_MODEL, DEPTH, N_HEADS
from .sharing import put
from .source import declarations

MAX_MESSAGE = 4000


class Mixing:
    """Answers frames of the line: "build", "values", "forward" and "backward".

    A mixer's call has a room among the shared numbers, from `at` on: its parameters, behind
    them x (batch, time, d_model), then y. Gradients take the places of what they belong to.
    """

    def __init__(self, program: Program, link: Link) -> None:
        self._program = program
        self._link = link
        self._numbers = torch.from_numpy(link.numbers)
        self._mixers: list[nn.Module] = []
        self._calls: dict[int, tuple[int, Tensor, Tensor]] = {}

    def serve(self) -> dict[str, Any]:
        """Until the trainer hangs up."""
        ops: dict[str, Callable[..., dict[str, Any]]] = {
            "build": self.build,
            "values": self.values,
            "forward": self.forward,
            "backward": self.backward,
        }
        while True:
            try:
                asked = self._link.receive()
                answer = ops[asked.pop("op")](**asked)
            except PeerFailed:
                return {}
            except BaseException as error:
                answer = describe(error)
                answer["message"] = answer["message"][:MAX_MESSAGE]
            self._link.send(**answer)

    def build(self, seed: int) -> dict[str, Any]:
        """Another model's mixers, drawn with `seed`: the shapes of their parameters, by layer."""
        torch.manual_seed(seed)
        kinds = self._program.mixers
        added = [kinds[layer % len(kinds)](D_MODEL, N_HEADS) for layer in range(DEPTH)]
        for parameter in (p for mixer in added for p in mixer.parameters()):
            if parameter.dtype != torch.float32:
                raise ContractError(f"parameters are float32; one is {parameter.dtype}")
        self._mixers += added
        return {"shapes": [[list(p.shape) for p in mixer.parameters()] for mixer in added]}

    def values(self) -> dict[str, Any]:
        """The parameters of the mixers that were built last, one behind the other."""
        put(self._numbers, 0, [p for mixer in self._mixers[-DEPTH:] for p in mixer.parameters()])
        return {}

    def forward(
        self, layer: int, at: int, shape: list[int], training: bool, keep: bool
    ) -> dict[str, Any]:
        """One mixer's output; what its gradient takes is kept on demand."""
        mixer = self._mixers[layer].train(training)
        parameters = list(mixer.parameters())
        behind = at
        with torch.no_grad():
            for parameter in parameters:
                parameter.copy_(self._at(behind, parameter.shape))
                parameter.grad = None
                behind += parameter.numel()
        x = self._at(behind, torch.Size(shape)).requires_grad_(keep)
        with torch.set_grad_enabled(keep):
            y = checked(mixer(x), tuple(shape))
        if keep:
            self._calls[layer] = at, x, y
        put(self._numbers, behind + x.numel(), [y])
        return {}

    def backward(self, layer: int) -> dict[str, Any]:
        """Gradients of the last output of this mixer; which parameters have one."""
        at, x, y = self._calls.pop(layer)
        parameters = list(self._mixers[layer].parameters())
        if y.requires_grad:
            behind = at + sum(p.numel() for p in parameters) + x.numel()
            y.backward(self._at(behind, y.shape))
        grads = [*(p.grad for p in parameters), x.grad]
        put(
            self._numbers,
            at,
            [
                torch.zeros_like(of) if grad is None else grad
                for grad, of in zip(grads, [*parameters, x], strict=True)
            ],
        )
        return {"present": [grad is not None for grad in grads[:-1]]}

    def _at(self, at: int, shape: torch.Size) -> Tensor:
        """The shared numbers from `at` on, as a tensor that is not copied."""
        return torch.from_numpy(self._link.numbers[at : at + shape.numel()]).view(shape)


def harness(source: str, link: Link) -> dict[str, Callable[[], dict[str, Any]]]:
    """The candidate's end of the line."""
    torch.set_num_threads(1)
    keep_freed_memory()
    return {"serve": Mixing(Program(source, declarations(source)), link).serve}

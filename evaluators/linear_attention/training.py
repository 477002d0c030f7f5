"""The trusted child: it holds a model's data, weights, loss and optimizer, and trains.

No code of a candidate runs here. The mixers lie in another child: at each of their calls
hidden states go over the line, and outputs and gradients come back. So a mixer cannot reach
the loss, the optimizer, the tokens, or the weights of the rest, and what is scored is the
model that was trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import torch as safetensors
from torch import Tensor, nn

from ...sandbox.link import Link, PeerFailed, broken
from .memory import keep_freed_memory
from .model import Model, as_long, train
from .shapes import DEPTH
from .sharing import put

MIXER_SEED = 1 << 32
"""Added to a run's seed for its mixers: two processes draw, and not the same numbers."""

Reply = dict[str, Any]


class Remote:
    """Mixers at the other end of the line; mixing.py says where their numbers lie."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._numbers = torch.from_numpy(link.numbers)
        self._built = 0

    def build(self, seed: int, most: int) -> list[RemoteMixer]:
        """The mixers of a model, of at most `most` parameters together."""
        answer = self._ask(op="build", seed=MIXER_SEED + seed)
        shapes = [_shapes(mixer) for mixer in _list(answer, "shapes", DEPTH)]
        total = sum(shape.numel() for mixer in shapes for shape in mixer)
        if total > most:
            raise PeerFailed("error", f"the mixers have {total} parameters; at most {most} fit")
        self._ask(op="values")
        values = iter(self._take(0, [shape for mixer in shapes for shape in mixer]))
        first, self._built = self._built, self._built + DEPTH
        return [
            RemoteMixer(self, first + layer, [next(values) for _ in mixer])
            for layer, mixer in enumerate(shapes)
        ]

    def forward(
        self, layer: int, x: Tensor, weights: Sequence[Tensor], *, training: bool, keep: bool
    ) -> Tensor:
        at = self._room(layer)
        behind = put(self._numbers, at, [*weights, x])
        shape = list(x.shape)
        self._ask(op="forward", layer=layer, at=at, shape=shape, training=training, keep=keep)
        return self._take(behind, [x.shape])[0]

    def backward(
        self, layer: int, gradient: Tensor, weights: Sequence[Tensor]
    ) -> list[Tensor | None]:
        """The gradients of x and of the parameters, None for those that have none."""
        at = self._room(layer)
        size = sum(w.numel() for w in weights) + gradient.numel()
        put(self._numbers, at + size, [gradient])
        present = _list(self._ask(op="backward", layer=layer), "present", len(weights))
        *others, of_x = self._take(at, [*(w.shape for w in weights), gradient.shape])
        return [of_x, *(g if there else None for g, there in zip(others, present, strict=True))]

    def _room(self, layer: int) -> int:
        """Where the room of a mixer's call begins: models take turns, their layers do not."""
        return layer % DEPTH * (len(self._numbers) // DEPTH)

    def _ask(self, **fields: Any) -> dict[str, Any]:
        self._link.send(**fields)
        answer = self._link.receive()
        match answer:
            case {"kind": "error" | "memory" as kind, "message": str(message), "line": line}:
                raise PeerFailed(kind, message, line if isinstance(line, int) else None)
            case {"kind": _}:
                raise broken("neither an answer nor an error")
        return answer

    def _take(self, at: int, shapes: Sequence[torch.Size]) -> list[Tensor]:
        """Copies of the shared numbers, one tensor behind the other."""
        found = []
        for shape in shapes:
            found.append(self._numbers[at : at + shape.numel()].view(shape).clone())
            at += shape.numel()
        return found


def _list(answer: Mapping[str, Any], field: str, length: int) -> list[Any]:
    value = answer.get(field)
    if not isinstance(value, list) or len(value) != length:
        raise broken(f"{field} is a list of {length}")
    return value


def _shapes(mixer: Any) -> list[torch.Size]:
    proper = isinstance(mixer, list) and all(
        isinstance(shape, list) and all(type(n) is int and 0 <= n < 1 << 31 for n in shape)
        for shape in mixer
    )
    if not proper:
        raise broken("shapes are lists of sizes")
    return [torch.Size(shape) for shape in mixer]


class _Call(torch.autograd.Function):
    """A mixer's call, with its backward pass at the other end."""

    @staticmethod
    def forward(ctx: Any, mixer: RemoteMixer, keep: bool, x: Tensor, *weights: Tensor) -> Tensor:
        ctx.mixer, ctx.weights = mixer, weights
        return mixer.remote.forward(mixer.layer, x, weights, training=mixer.training, keep=keep)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, *ctx.mixer.remote.backward(ctx.mixer.layer, gradient, ctx.weights)


class RemoteMixer(nn.Module):
    """A mixer's parameters here, its code at the other end."""

    def __init__(self, remote: Remote, layer: int, values: Sequence[Tensor]) -> None:
        super().__init__()
        self.remote = remote
        self.layer = layer
        self.weights = nn.ParameterList(values)

    def forward(self, x: Tensor) -> Tensor:
        return _Call.apply(self, torch.is_grad_enabled(), x, *self.weights)


class TrainingOps:
    """Train models, hand out their weights, load weights, answer forward passes."""

    def __init__(self, link: Link) -> None:
        self._remote = Remote(link)
        self._models: dict[str, Model] = {}

    def train(
        self,
        norm: str,
        recipe: Mapping[str, float],
        vocab: int,
        most: int,
        lr: float,
        seed: int,
        inputs: NDArray[np.int16],
        targets: NDArray[np.int16],
    ) -> Reply:
        """A new model trained on (steps, batch, time); its losses and weights."""
        model = self._model(norm, vocab, most, seed)
        losses = train(model, inputs, targets, lr, recipe)
        return {"losses": losses, "weights": model.as_bytes()}

    def load(self, name: str, norm: str, vocab: int, most: int, seed: int, weights: bytes) -> Reply:
        """Keep a model of these weights under `name`; `seed` is that of its training."""
        model = self._model(norm, vocab, most, seed)
        try:
            model.load_state_dict(safetensors.load(weights))
        except RuntimeError:
            message = "the mixers' parameters have other shapes than when they were trained"
            raise PeerFailed("error", message) from None
        self._models[name] = model.eval()
        return {}

    def forward(self, name: str, inputs: NDArray[np.int16], positions: NDArray[np.int32]) -> Reply:
        """Logits (n, vocab) of the loaded model at flat positions of (rows, time)."""
        with torch.no_grad():
            logits = self._models[name](as_long(inputs), torch.from_numpy(positions.astype(int)))
        return {"logits": logits.float().numpy()}

    def _model(self, norm: str, vocab: int, most: int, seed: int) -> Model:
        mixers = self._remote.build(seed, most)
        torch.manual_seed(seed)
        return Model(mixers, norm, vocab)


def harness(source: str, link: Link) -> dict[str, Callable[..., Reply]]:
    """The trusted end of the line; there is no source here."""
    torch.set_num_threads(1)
    keep_freed_memory()
    ops = TrainingOps(link)
    return {"train": ops.train, "load": ops.load, "forward": ops.forward}

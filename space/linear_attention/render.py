"""From blueprint to module: the plain PyTorch that a person would keep."""

from __future__ import annotations

from ..blueprint import Blueprint
from ..parts import names_in, needed
from .code import ClassCode
from .designs import class_name, docstring
from .mixers import (
    write_attention,
    write_identity,
    write_long_convolution,
    write_parallel,
    write_serial,
    write_short_convolution,
)
from .parts import library
from .productions import DEFAULT
from .recurrence import write_recurrence

LEAVES = {
    "recurrence": write_recurrence,
    "softmax_attention": write_attention,
    "sliding_window": write_attention,
    "short_convolution": write_short_convolution,
    "long_convolution": write_long_convolution,
    "identity": write_identity,
}

BRANCHES = {"parallel": write_parallel, "serial": write_serial}

IMPORTS = {
    "math": "import math\n",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
}

RECIPE = ("lr", "weight_decay", "warmup", "beta2")


def render(model: Blueprint) -> str:
    """The module of a `model` blueprint that type-checks.

    It defines Mixer and, only where they differ from the contract's defaults, LAYERS,
    NORM and RECIPE.
    """
    writer = _Writer()
    mixers = model.children[0].children
    layers = [writer.write(mixer, top=i == 0) for i, mixer in enumerate(mixers)]
    classes = "\n\n\n".join(code.source() for code in writer.classes)
    names = names_in(classes)
    parts = needed(library(), names)
    head = _imports(names.union(*(part.uses for part in parts))) + _constants(model, layers)
    return "\n\n\n".join((head, *(part.source for part in parts), classes)) + "\n"


class _Writer:
    """The classes of one module, inner ones first; equal mixers share a class."""

    def __init__(self) -> None:
        self.classes: list[ClassCode] = []
        self._names: dict[Blueprint, str] = {}

    def write(self, mixer: Blueprint, *, top: bool = False) -> str:
        """Write the class of `mixer`, where there is none yet, and return its name."""
        if mixer in self._names:
            return self._names[mixer]
        name = "Mixer" if top else self._free(class_name(mixer))
        self._names[mixer] = name
        code = ClassCode(name, docstring(mixer))
        if mixer.production in BRANCHES:
            first, second = (self.write(child) for child in mixer.children)
            BRANCHES[mixer.production](code, mixer, first, second)
        else:
            LEAVES[mixer.production](code, mixer)
        self.classes.append(code)
        return name

    def _free(self, name: str) -> str:
        taken = set(self._names.values())
        numbered = (f"{name}{i}" for i in range(2, len(taken) + 3))
        return name if name not in taken else next(n for n in numbered if n not in taken)


def _imports(used: frozenset[str]) -> str:
    lines = [line for name, line in IMPORTS.items() if name in used]
    return "\n".join([*lines, "from torch import Tensor, nn"])


def _constants(model: Blueprint, layers: list[str]) -> str:
    recipe = {name: model[name] for name in RECIPE if model[name] != DEFAULT}
    lines = []
    if set(layers) != {"Mixer"}:
        lines.append(f"LAYERS = ({', '.join(map(_quoted, layers))})")
    if model["norm"] != "pre":
        lines.append(f"NORM = {_quoted(str(model['norm']))}")
    if recipe:
        items = ", ".join(f"{_quoted(name)}: {value}" for name, value in recipe.items())
        lines.append(f"RECIPE = {{{items}}}")
    return "\n\n" + "\n".join(lines) if lines else ""


def _quoted(text: str) -> str:
    return f'"{text}"'

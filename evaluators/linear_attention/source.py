"""The static gate: what a candidate's source must look like before anything runs it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...harmless import cut, shown
from ...space.parsing import syntax_tree
from ..domain import Rejected, Verdict
from .shapes import DEPTH

STANDARD = "__future__ abc collections dataclasses enum functools itertools math numbers operator"
ALLOWED_IMPORTS = frozenset({*STANDARD.split(), "torch", "typing"})
SIGNATURES = {"__init__": ("self", "d_model", "n_heads"), "forward": ("self", "x")}
NORMS = ("pre", "post", "sandwich")
RECIPE_BOUNDS: Mapping[str, tuple[float, float, float]] = {
    "lr": (1.0, 0.1, 10.0),
    "weight_decay": (0.01, 0.0, 1.0),
    "warmup": (0.05, 0.0, 0.5),
    "beta2": (0.95, 0.8, 0.9999),
}
"""Each knob's default, least and greatest value; `lr` multiplies the tier's own rate."""
MAX_SOURCE = 64 * 1024
MAX_LAYERS = 8


@dataclass(frozen=True)
class Declared:
    """What a source says of the model: mixer classes over depth, norm layout, every knob."""

    layers: tuple[str, ...] = ("Mixer",)
    norm: str = "pre"
    recipe: Mapping[str, float] = field(default_factory=lambda: _recipe({}))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The mixer classes that the model really uses, each once."""
        return tuple(dict.fromkeys(self.layers[i % len(self.layers)] for i in range(DEPTH)))


def check_source(source: str) -> Verdict:
    """Parses, imports only what is allowed, and defines the mixers with the right signature."""
    try:
        declarations(source)
    except Rejected as rejected:
        return rejected.verdict
    return Verdict("source", True, "source: parses, and defines its mixers")


def declarations(source: str) -> Declared:
    """What `source` declares; raises Rejected where it is not what the contract asks for."""
    if len(source) > MAX_SOURCE:
        raise _fault(f"the file has {len(source)} characters; at most {MAX_SOURCE} are read")
    try:
        tree = syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _fault(f"not Python: {error}", getattr(error, "lineno", None)) from None
    for node in ast.walk(tree):
        _check_import(node)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    constants = _constants(tree)
    layers = _layers(constants)
    for name in layers:
        if name not in classes:
            raise _fault(f"no class {cut(name)}(nn.Module) at the top level of the file")
        _check_signatures(classes[name], classes)
    norm = constants.get("NORM", "pre")
    if norm not in NORMS:
        raise _fault(f"NORM is one of {', '.join(NORMS)}; got {shown(norm)}")
    return Declared(layers, norm, _recipe(constants.get("RECIPE", {})))


def _check_import(node: ast.AST) -> None:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = ["." * node.level + (node.module or "")]
    else:
        return
    for module in modules:
        if module.split(".")[0] not in ALLOWED_IMPORTS:
            allowed = ", ".join(sorted(ALLOWED_IMPORTS))
            raise _fault(
                f"imports {cut(module)}; only these may be imported: {allowed}", node.lineno
            )


def _constants(tree: ast.Module) -> dict[str, Any]:
    """The literals that LAYERS, NORM and RECIPE are set to."""
    found = {}
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("LAYERS", "NORM", "RECIPE"):
                try:
                    found[target.id] = ast.literal_eval(node.value)  # type: ignore[attr-defined]
                except (ValueError, TypeError):
                    raise _fault(f"{target.id} must be a literal", node.lineno) from None
    return found


def _recipe(given: Any) -> dict[str, float]:
    """The training recipe, with defaults filled in."""
    numbers = isinstance(given, dict) and all(type(v) in (int, float) for v in given.values())
    if not numbers:
        raise _fault(f"RECIPE is a dict of numbers; got {shown(given)}")
    for knob, value in given.items():
        if knob not in RECIPE_BOUNDS:
            raise _fault(f"RECIPE has no {shown(knob)}; it has {', '.join(RECIPE_BOUNDS)}")
        _, least, greatest = RECIPE_BOUNDS[knob]
        if not least <= value <= greatest:
            raise _fault(f"RECIPE[{knob!r}] lies in [{least}, {greatest}]; got {shown(value)}")
    return {knob: float(given.get(knob, bounds[0])) for knob, bounds in RECIPE_BOUNDS.items()}


def _layers(constants: dict[str, Any]) -> tuple[str, ...]:
    layers = constants.get("LAYERS", ("Mixer",))
    named = isinstance(layers, tuple | list) and all(isinstance(n, str) for n in layers)
    if not named or not 1 <= len(layers) <= MAX_LAYERS:
        raise _fault(f"LAYERS is a tuple of 1 to {MAX_LAYERS} class names; got {shown(layers)}")
    return tuple(layers)


def _check_signatures(cls: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> None:
    """A method may be inherited from another class of the file."""
    methods = {f.name: f for f in _functions(cls)}
    for base in cls.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            methods = {f.name: f for f in _functions(classes[base.id])} | methods
    for name, wanted in SIGNATURES.items():
        expected = f"{cut(cls.name)}.{name}({', '.join(wanted)})"
        if name not in methods:
            raise _fault(f"{expected} is missing", cls.lineno)
        arguments = methods[name].args
        positional = [a.arg for a in arguments.posonlyargs + arguments.args]
        required = positional[: len(positional) - len(arguments.defaults)]
        callable_ = len(required) <= len(wanted) <= len(positional)
        if not callable_ or (name == "__init__" and tuple(positional[:3]) != wanted):
            got = f"{name}({cut(', '.join(positional))})"
            raise _fault(f"expected {expected}; got {got}", methods[name].lineno)


def _functions(cls: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in cls.body if isinstance(node, ast.FunctionDef)]


def _fault(message: str, line: int | None = None) -> Rejected:
    where = f"line {line}: " if line else ""
    return Rejected(Verdict("source", False, f"source: {where}{message}"))

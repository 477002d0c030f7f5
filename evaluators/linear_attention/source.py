"""The static gate: what a candidate's source must look like before anything runs it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..domain import Rejected, Verdict
from .shapes import DEPTH

STANDARD = "__future__ abc collections dataclasses enum functools itertools math numbers operator"
ALLOWED_IMPORTS = frozenset({*STANDARD.split(), "torch", "typing"})
SIGNATURES = {"__init__": ("self", "d_model", "n_heads"), "forward": ("self", "x")}
NORMS = ("pre", "post", "sandwich")
NAMES = "eval exec compile globals open __import__ breakpoint"
ATTRIBUTES = (
    "sys os ctypes builtins importlib _C __dict__ __globals__ __builtins__ __subclasses__ __code__ "
    "f_globals f_back _getframe"
)
METHODS = "state_dict load_state_dict _save_to_state_dict _load_from_state_dict __torch_function__"
FORBIDDEN_NAMES = frozenset(NAMES.split())
FORBIDDEN_ATTRIBUTES = frozenset(ATTRIBUTES.split())
FORBIDDEN_METHODS = frozenset(METHODS.split())
"""Ways out of a mixer, into the process that trains it. Such a list is never whole: it makes
cheating dearer and easier to see. What stands behind it is the audit, and the sandbox."""
MAX_SOURCE = 64 * 1024
MAX_LAYERS = 8


@dataclass(frozen=True)
class Declared:
    """What a source says of the model: mixer classes over depth, norm layout, recipe."""

    layers: tuple[str, ...] = ("Mixer",)
    norm: str = "pre"
    recipe: Mapping[str, float] = field(default_factory=dict)

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
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _fault(f"not Python: {error}", getattr(error, "lineno", None)) from None
    imported = _imported(tree)
    for node in ast.walk(tree):
        _check_import(node)
        _check_reach(node, imported)
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    constants = _constants(tree)
    layers = _layers(constants)
    for name in layers:
        if name not in classes:
            raise _fault(f"no class {name}(nn.Module) at the top level of the file")
        _check_signatures(classes[name], classes)
    norm = constants.get("NORM", "pre")
    if norm not in NORMS:
        raise _fault(f"NORM is one of {', '.join(NORMS)}; got {norm!r}")
    recipe = constants.get("RECIPE", {})
    if not isinstance(recipe, dict) or not all(isinstance(v, int | float) for v in recipe.values()):
        raise _fault(f"RECIPE is a dict of numbers; got {recipe!r}")
    return Declared(layers, norm, recipe)


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
            raise _fault(f"imports {module}; only these may be imported: {allowed}", node.lineno)
    for alias in node.names:
        if _leads_out(alias.name):
            raise _fault(f"imports {alias.name}; a mixer computes, and nothing else", node.lineno)


def _leads_out(attribute: str) -> bool:
    return attribute in FORBIDDEN_ATTRIBUTES or attribute.startswith("register_module_")


def _imported(tree: ast.Module) -> set[str]:
    """The names that imports bind, anywhere in the file."""
    aliases = (
        alias
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )
    return {alias.asname or alias.name.split(".")[0] for alias in aliases}


def _check_reach(node: ast.AST, imported: set[str]) -> None:
    """Nothing reaches out of the mixer, into the modules and the process around it."""
    if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
        raise _fault(f"uses {node.id}; a mixer computes, and nothing else", node.lineno)
    if isinstance(node, ast.FunctionDef) and node.name in FORBIDDEN_METHODS:
        raise _fault(f"defines {node.name}; a module stores its parameters itself", node.lineno)
    if not isinstance(node, ast.Attribute):
        return
    if _leads_out(node.attr):
        raise _fault(f"uses .{node.attr}; a mixer computes, and nothing else", node.lineno)
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    changes = not isinstance(node.ctx, ast.Load)
    if changes and isinstance(root, ast.Name) and root.id in imported:
        raise _fault(f"changes {ast.unparse(node)}, which is not its own", node.lineno)


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


def _layers(constants: dict[str, Any]) -> tuple[str, ...]:
    layers = constants.get("LAYERS", ("Mixer",))
    named = isinstance(layers, tuple | list) and all(isinstance(n, str) for n in layers)
    if not named or not 1 <= len(layers) <= MAX_LAYERS:
        raise _fault(f"LAYERS is a tuple of 1 to {MAX_LAYERS} class names; got {layers!r}")
    return tuple(layers)


def _check_signatures(cls: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> None:
    """A method may be inherited from another class of the file."""
    methods = {f.name: f for f in _functions(cls)}
    for base in cls.bases:
        if isinstance(base, ast.Name) and base.id in classes:
            methods = {f.name: f for f in _functions(classes[base.id])} | methods
    for name, wanted in SIGNATURES.items():
        shown = f"{cls.name}.{name}({', '.join(wanted)})"
        if name not in methods:
            raise _fault(f"{shown} is missing", cls.lineno)
        arguments = methods[name].args
        positional = [a.arg for a in arguments.posonlyargs + arguments.args]
        required = positional[: len(positional) - len(arguments.defaults)]
        callable_ = len(required) <= len(wanted) <= len(positional)
        if not callable_ or (name == "__init__" and tuple(positional[:3]) != wanted):
            got = f"{name}({', '.join(positional)})"
            raise _fault(f"expected {shown}; got {got}", methods[name].lineno)


def _functions(cls: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in cls.body if isinstance(node, ast.FunctionDef)]


def _fault(message: str, line: int | None = None) -> Rejected:
    where = f"line {line}: " if line else ""
    return Rejected(Verdict("source", False, f"source: {where}{message}"))

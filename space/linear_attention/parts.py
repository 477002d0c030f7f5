"""The library's functions and classes as source, to be copied into rendered modules."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ORDER = ("layout", "position", "initial", "convolution", "attention", "additive", "delta")


@dataclass(frozen=True)
class Part:
    """One function or class of the library, and the names that it uses."""

    name: str
    source: str
    uses: frozenset[str]


@cache
def library() -> tuple[Part, ...]:
    """Every part, in the order in which a module defines them."""
    folder = files(__package__) / "library"
    return tuple(
        part for name in ORDER for part in _parts((folder / f"{name}.py").read_text("utf-8"))
    )


def needed(names: Iterable[str]) -> list[Part]:
    """The parts that `names` mention, and those which these need in turn."""
    known = {part.name: part for part in library()}
    wanted: set[str] = set()
    pending = [name for name in names if name in known]
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            pending.extend(use for use in known[name].uses if use in known)
    return [part for part in library() if part.name in wanted]


def names_in(source: str) -> frozenset[str]:
    """Every bare name that `source` reads."""
    return frozenset(n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name))


def _parts(source: str) -> Iterable[Part]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            text = ast.get_source_segment(source, node)
            assert text is not None, "a node of this very source has a segment"
            yield Part(node.name, text, names_in(text))

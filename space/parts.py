"""Functions and classes of a library as source, to be copied into rendered modules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from .parsing import syntax_tree


@dataclass(frozen=True)
class Part:
    """One function or class of a library, and the names that it uses."""

    name: str
    source: str
    uses: frozenset[str]


def read_parts(folder: Traversable, order: Iterable[str]) -> tuple[Part, ...]:
    """Every part of the modules `order` in `folder`, in the order in which they stand."""
    return tuple(
        part for name in order for part in _parts((folder / f"{name}.py").read_text("utf-8"))
    )


def needed(library: Sequence[Part], names: Iterable[str]) -> list[Part]:
    """The parts that `names` mention, and those which these need in turn."""
    known = {part.name: part for part in library}
    wanted: set[str] = set()
    pending = [name for name in names if name in known]
    while pending:
        name = pending.pop()
        if name not in wanted:
            wanted.add(name)
            pending.extend(use for use in known[name].uses if use in known)
    return [part for part in library if part.name in wanted]


def names_in(source: str) -> frozenset[str]:
    """Every bare name that `source` reads."""
    return frozenset(n.id for n in ast.walk(syntax_tree(source)) if isinstance(n, ast.Name))


def _parts(source: str) -> Iterable[Part]:
    for node in syntax_tree(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            text = ast.get_source_segment(source, node)
            assert text is not None, "a node of this very source has a segment"
            yield Part(node.name, text, names_in(text))

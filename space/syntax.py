"""Places in a Python program's syntax tree, and programs with one place changed.

Programs are read and written as text, and never run.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .parsing import syntax_tree

MAX_SOURCE = 100_000
"""Characters of a program at most."""
MAX_COMPILED = 200_000
"""Nodes that a program compiles to at most, what is compiled more than once included."""


@dataclass(frozen=True)
class Place:
    """Where a node stands: in `field` of the `parent`-th node in the order of `ast.walk`.

    `position` is its index where the field is a list.
    """

    parent: int
    field: str
    position: int | None
    node: ast.AST
    line: int


def parse(source: str) -> ast.Module:
    """The tree of a program that compiles; raises ValueError with one line where not."""
    return _tree(source, compiled=True)


def bounded(source: str) -> ast.Module:
    """The tree of a program that can be compiled and written in a short time.

    Whether it compiles stays open. Raises ValueError like `parse`.
    """
    return _tree(source, compiled=False)


def _tree(source: str, compiled: bool) -> ast.Module:
    if len(source) > MAX_SOURCE:
        raise ValueError(f"a program has at most {MAX_SOURCE} characters; got {len(source)}")
    try:
        tree = syntax_tree(source)
        _require_bounded(tree)
        if compiled:
            _compile(source, "ignore")
        ast.unparse(tree)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno}: not Python: {error.msg}") from None
    except (RecursionError, _TooDeep):
        raise ValueError("the program nests too deep") from None
    except (ValueError, MemoryError, OverflowError) as error:
        raise ValueError(f"not Python: {error}") from None
    return tree


def _compile(source: str, warned: Literal["ignore", "error"]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter(warned, SyntaxWarning)
        compile(source, "<program>", "exec", dont_inherit=True)


class _TooDeep(ValueError):
    """A program that would keep the compiler busy for minutes, or for ever."""


def _require_bounded(tree: ast.Module) -> None:
    if _compiled(tree)[0] > MAX_COMPILED:
        raise _TooDeep


def _compiled(node: ast.AST) -> tuple[int, int]:
    """How many nodes `node` compiles to, and how many ways lead out of it.

    The compiler copies a `finally` block to every way out of its `try`, and what leads out of
    the block with it: nested blocks double with each level.
    """
    size, ways = 1, int(isinstance(node, ast.Return | ast.Break | ast.Continue))
    last = set(getattr(node, "finalbody", ()))
    for child in ast.iter_child_nodes(node):
        if child not in last:
            inner, out = _compiled(child)
            size, ways = size + inner, ways + out
    copies = 2 + ways
    for child in last:
        inner, out = _compiled(child)
        size, ways = size + copies * inner, ways + copies * out
    return size, 0 if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ways


def normalised(source: str) -> str:
    """`source` as its tree alone says it, without comments; raises ValueError like `parse`."""
    return f"{ast.unparse(parse(source))}\n"


def places(tree: ast.Module) -> Iterator[Place]:
    """Every node's place, in a fixed order."""
    for index, parent in enumerate(ast.walk(tree)):
        around = getattr(parent, "lineno", 0)
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                yield Place(index, name, None, value, getattr(value, "lineno", around))
            elif isinstance(value, list):
                for i, node in enumerate(value):
                    if isinstance(node, ast.AST):
                        yield Place(index, name, i, node, getattr(node, "lineno", around))


def replaced(source: str, place: Place, nodes: Sequence[ast.AST]) -> str | None:
    """`source` with `nodes` in `place`; None where that does not compile.

    A place that isn't in a list takes exactly one node; a block that would be empty
    holds `pass`.
    """
    tree = syntax_tree(source)
    _put(list(ast.walk(tree)), place, nodes)
    return _written(tree)


def exchanged(source: str, new: Sequence[tuple[Place, ast.AST]]) -> str | None:
    """`source` with another node in each of several places; None where that does not compile."""
    tree = syntax_tree(source)
    walked = list(ast.walk(tree))
    for place, node in new:
        _put(walked, place, [node])
    return _written(tree)


def _put(walked: Sequence[ast.AST], place: Place, nodes: Sequence[ast.AST]) -> None:
    parent = walked[place.parent]
    if place.position is None:
        setattr(parent, place.field, nodes[0])
    else:
        siblings = getattr(parent, place.field)
        block = isinstance(siblings[place.position], ast.stmt)
        filler = [ast.Pass()] if block and len(siblings) == 1 else []
        siblings[place.position : place.position + 1] = nodes or filler


def _written(tree: ast.Module) -> str | None:
    """The program of `tree`; None where it does not compile or is too long."""
    try:
        _require_bounded(tree)
        text = f"{ast.unparse(tree)}\n"
        # What Python itself warns of, such as a number that is called, is not worth a run.
        _compile(text, "error")
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return text if len(text) <= MAX_SOURCE else None


def names(node: ast.AST) -> frozenset[str]:
    """Every name that `node` reads or binds."""
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name)) | frozenset(
        n.arg for n in ast.walk(node) if isinstance(n, ast.arg)
    )


def functions(tree: ast.Module) -> dict[str, Place]:
    """The functions and classes at the top level, by name."""
    return {
        place.node.name: place
        for place in places(tree)
        if place.parent == 0 and isinstance(place.node, ast.FunctionDef | ast.ClassDef)
    }


def lent(donor: ast.Module, wanted: frozenset[str], present: frozenset[str]) -> list[ast.stmt]:
    """The donor's top-level statements that define `wanted` names which are not `present`.

    What these need in turn comes with them, in the donor's order.
    """
    needed: set[int] = set()
    missing = wanted - present
    while missing:
        found = {i for i, node in enumerate(donor.body) if bound(node) & missing} - needed
        needed |= found
        reached = frozenset[str]().union(*(names(donor.body[i]) for i in found))
        missing = (reached - present) if found else frozenset()
    return [donor.body[i] for i in sorted(needed)]


def bound(statement: ast.stmt) -> frozenset[str]:
    """The names that a top-level import, definition or assignment binds."""
    match statement:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return frozenset((a.asname or a.name).partition(".")[0] for a in aliases)
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return frozenset({name})
        case ast.Assign(targets=targets):
            return frozenset(t.id for t in targets if isinstance(t, ast.Name))
    return frozenset()

"""What of a program can matter: changes of the rest tell no two designs apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .syntax import Place, functions, places

LOOK_UP = frozenset({"globals", "locals", "vars", "eval", "exec"})
"""Where one of these is named, any name may be read."""
ACTS = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
"""Expressions that may do more than have a value."""


def living(tree: ast.Module) -> Iterator[Place]:
    """Every node's place, except in statements that only give a value to names nobody reads.

    What a class holds is living: it may be read by way of an object. So is all of a program
    without functions: it is a table, which others read.
    """
    dead = _dead(tree) if functions(tree) else set()
    return (place for place in places(tree) if id(place.node) not in dead)


def _dead(tree: ast.Module) -> set[int]:
    """The ids of all nodes of such statements."""
    dead: set[int] = set()
    while True:
        nodes = [node for node in ast.walk(tree) if id(node) not in dead]
        read = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
        fields = {id(s) for n in nodes if isinstance(n, ast.ClassDef) for s in n.body}
        found = [node for node in nodes if id(node) not in fields and _unread(node, read)]
        if not found or read & LOOK_UP:
            return dead
        dead.update(id(node) for statement in found for node in ast.walk(statement))


def _unread(node: ast.AST, read: set[str]) -> bool:
    """Whether all that `node` does is to give a value to names outside `read`."""
    match node:
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            targets = [target]
        case _:
            return False
    named = all(isinstance(t, ast.Name) and t.id not in read for t in targets)
    return named and not any(isinstance(n, ACTS) for n in ast.walk(value))

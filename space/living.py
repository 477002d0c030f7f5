"""What of a program can matter: changes of the rest tell no two designs apart."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator

from .syntax import Place, functions, places

LOOK_UP = frozenset({"globals", "locals", "vars", "getattr", "eval", "exec"})
"""Where one of these is named, any name may be read."""
ACTS = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
"""Expressions that may do more than have a value."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def living(tree: ast.Module) -> Iterator[Place]:
    """Every node's place, except in statements that only give a value to names nobody reads.

    What a class holds is living: it may be read by way of an object. So is all of a program
    without functions: it is a table, which others read.
    """
    dead = _dead(tree) if functions(tree) else set()
    return (place for place in places(tree) if id(place.node) not in dead)


def _dead(tree: ast.Module) -> set[int]:
    """The ids of all nodes of such statements."""
    reads = Counter(_read(tree))
    if LOOK_UP & reads.keys():
        return set()
    setters: defaultdict[str, list[ast.stmt]] = defaultdict(list)
    waits: dict[ast.stmt, int] = {}
    for statement in _settings(tree):
        named = _names_set(statement)
        waits[statement] = len(named)
        for name in named:
            setters[name].append(statement)
    dead: set[int] = set()
    unread = [name for name in setters if not reads[name]]
    while unread:
        for statement in setters.get(unread.pop(), ()):
            waits[statement] -= 1
            if not waits[statement]:
                dead.update(map(id, ast.walk(statement)))
                for name in _read(statement):
                    reads[name] -= 1
                    if not reads[name]:
                        unread.append(name)
    return dead


def _read(node: ast.AST) -> Iterator[str]:
    """Every name that is read somewhere in `node`, as often as it is."""
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return (name.id for name in names if not isinstance(name.ctx, ast.Store))


def _settings(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that only give a value to names, without what classes hold."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, held = waiting.pop()
        if isinstance(node, ast.stmt) and not held and _names_set(node):
            yield node
        inside = isinstance(node, ast.ClassDef) or (held and not isinstance(node, FUNCTIONS))
        waiting += [(child, inside) for child in ast.iter_child_nodes(node)]


def _names_set(node: ast.stmt) -> frozenset[str]:
    """The names that `node` sets; none where it may do anything else."""
    match node:
        case ast.Assign(targets=targets, value=value):
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            targets = [target]
        case _:
            return frozenset()
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if len(names) < len(targets) or any(isinstance(n, ACTS) for n in ast.walk(value)):
        return frozenset()
    return frozenset(names)

"""The static gate: what a workflow's source must look like before anything runs it."""

from __future__ import annotations

import ast

from ...space.parsing import syntax_tree
from ..domain import Verdict

MAX_SOURCE = 128 * 1024
DEFINED = ("solve", "graph")


def check_source(source: str) -> Verdict:
    """Parses, and defines `solve` or `graph` at its top level."""
    if len(source) > MAX_SOURCE:
        return _fault(f"the file has {len(source)} characters; at most {MAX_SOURCE} are read")
    try:
        tree = syntax_tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _fault(f"not Python: {error}")
    if not any(name in DEFINED for node in tree.body for name in _defined(node)):
        return _fault("neither solve(question, call, tools) nor graph is defined at top level")
    return Verdict("source", True, "source: parses, and defines its workflow")


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement defines."""
    match node:
        case ast.FunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.ImportFrom() | ast.Import():
            return [alias.asname or alias.name for alias in node.names]
    return []


def _fault(message: str) -> Verdict:
    return Verdict("source", False, f"source: {message}")

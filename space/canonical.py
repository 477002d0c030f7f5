"""The canonical form of a program, and the hash that names it."""

from __future__ import annotations

import ast
import hashlib

ID_LENGTH = 16
"""Hex digits in an id: 64 bits, so a million programs collide once in 4e7 tries."""


def canonical_form(source: str) -> str:
    """`source` as its syntax tree, without comments, docstrings and layout.

    Raises SyntaxError where `source` is not Python.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = _without_docstrings(node.body)
    return ast.dump(tree)


def canonical_hash(source: str) -> str:
    """The id of a program: the first hex digits of its canonical form's SHA-256.

    Raises SyntaxError where `source` is not Python.
    """
    return hashlib.sha256(canonical_form(source).encode()).hexdigest()[:ID_LENGTH]


def _without_docstrings(body: list[ast.stmt]) -> list[ast.stmt]:
    kept = [s for s in body if not _is_bare_string(s)]
    return kept or [ast.Pass()]


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )

"""The canonical form of a program, and the hash that names it."""

from __future__ import annotations

import ast
import hashlib
from typing import Any

ID_LENGTH = 16
"""Hex digits in an id: 64 bits, so a million programs collide once in 4e7 tries."""


def canonical_form(source: str) -> str:
    """`source` as its syntax tree, without comments, docstrings and layout.

    Empty fields are left out, so that a version of Python that adds one changes nothing.
    Raises SyntaxError where `source` is not Python, or nests too deeply to be parsed.
    """
    words: list[str] = []
    waiting: list[Any] = [parse(source)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            words.append(item)
        else:
            waiting.extend(reversed(_spell(item)))
    return "".join(words)


def canonical_hash(source: str) -> str:
    """The id of a program: the first hex digits of its canonical form's SHA-256.

    Raises SyntaxError as `canonical_form` does.
    """
    form = canonical_form(source).encode(errors="surrogatepass")
    return hashlib.sha256(form).hexdigest()[:ID_LENGTH]


def parse(source: str) -> ast.Module:
    """The syntax tree of untrusted `source`; whatever is wrong with it is a SyntaxError."""
    try:
        return ast.parse(source)
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("the source nests too deeply to be parsed") from error
    except ValueError as error:
        raise SyntaxError(str(error)) from error


def _spell(node: ast.AST) -> list[Any]:
    """A node as words and the nodes between them, in order."""
    parts: list[Any] = [type(node).__name__, "("]
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(value, list):
            value = _without_docstrings(value)
        means_it = isinstance(node, ast.Constant) and name == "value"
        if value in (None, []) and not means_it:
            continue
        parts += [name, "=", *_spell_value(value), ","]
    return [*parts, ")"]


def _spell_value(value: Any) -> list[Any]:
    if isinstance(value, ast.AST):
        return [value]
    if isinstance(value, list):
        return ["[", *(part for item in value for part in (*_spell_value(item), ",")), "]"]
    return [repr(value)]


def _without_docstrings(body: list[ast.stmt]) -> list[ast.stmt]:
    kept = [s for s in body if not _is_bare_string(s)]
    return kept or [ast.Pass()]


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )

"""The canonical form of a program, and the hash that names it."""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache

from .parsing import syntax_tree

ID_LENGTH = 16
"""Hex digits in an id: 64 bits, so a million programs collide once in 4e7 tries."""
KEPT = 1000
"""Programs whose id is known: a search whose space is nearly used up draws the same ones often."""


def canonical_form(source: str) -> str:
    """`source` as its syntax tree, without comments, docstrings and layout.

    Empty fields are left out, so that a version of Python that adds one changes nothing.
    Raises SyntaxError where `source` is not Python, or nests too deeply to be parsed.
    """
    words: list[str] = []
    waiting: list[str | ast.AST] = [parse(source)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            words.append(item)
        else:
            waiting += reversed(_spell(item))
    return "".join(words)


@lru_cache(maxsize=KEPT)
def canonical_hash(source: str) -> str:
    """The id of a program: the first hex digits of its canonical form's SHA-256.

    Raises SyntaxError as `canonical_form` does.
    """
    form = canonical_form(source).encode(errors="surrogatepass")
    return hashlib.sha256(form).hexdigest()[:ID_LENGTH]


def parse(source: str) -> ast.Module:
    """The syntax tree of untrusted `source`; whatever is wrong with it is a SyntaxError."""
    try:
        return syntax_tree(source)
    except (RecursionError, MemoryError) as error:
        raise SyntaxError("the source nests too deeply to be parsed") from error
    except ValueError as error:
        raise SyntaxError(str(error)) from error


_EMPTY = (ast.expr_context, ast.operator, ast.cmpop, ast.unaryop, ast.boolop)
"""Nodes without fields."""


def _spell(node: ast.AST) -> list[str | ast.AST]:
    """A node as text, and between it the nodes still to be spelled, in order."""
    parts: list[str | ast.AST] = []
    text = f"{type(node).__name__}("
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(value, list):
            value = _without_docstrings(value)
        if not value and value in (None, []) and not _means_it(node, name):
            continue
        several = isinstance(value, list)
        text += f"{name}=[" if several else f"{name}="
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, ast.Name):
                text += f"Name(id={item.id!r},ctx={type(item.ctx).__name__}(),)"
            elif isinstance(item, _EMPTY):
                text += f"{type(item).__name__}()"
            elif not isinstance(item, ast.AST):
                text += repr(item)
            else:
                parts += (text, item)
                text = ""
            text += ","
        text += "]," if several else ""
    return [*parts, text + ")"]


def _means_it(node: ast.AST, field: str) -> bool:
    return isinstance(node, ast.Constant) and field == "value"


def _without_docstrings(body: list[ast.stmt]) -> list[ast.stmt]:
    kept = [s for s in body if not _is_bare_string(s)]
    return kept or [ast.Pass()]


def _is_bare_string(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )

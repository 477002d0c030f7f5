"""Syntax trees, also where several threads ask for them."""

from __future__ import annotations

import ast

ATTEMPTS = 10


def syntax_tree(source: str) -> ast.Module:
    """The tree of `source`; raises what `ast.parse` does.

    Python 3.11 counts the depth of all threads' trees together: where two are built at once, one
    may fail with a SystemError that says nothing of its source (python/cpython#106905).
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return ast.parse(source)
        except SystemError:
            continue
    return ast.parse(source)

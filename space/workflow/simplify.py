"""Leaving out what can never answer: what was silent on a question stays silent."""

from __future__ import annotations

from ..blueprint import Blueprint, make
from .programs import PROGRAMS

Silent = frozenset[Blueprint]
CASCADES = ("cascade", "long_cascade")


def simplified(node: Blueprint) -> Blueprint:
    """The same workflow without what is asked a second time, cascades as pairs."""
    return _simplified(node, frozenset()) or node


def _simplified(node: Blueprint, silent: Silent) -> Blueprint | None:
    """`node` where what is in `silent` had no answer; None where it has none either."""
    if _alike(node):
        return None if node in silent else node
    if node.production in CASCADES:
        return _simplified(_in_turn(node.children), silent)
    if node.production == "first":
        first, second = node.children
        kept = _simplified(first, silent), _simplified(second, silent | _asked(first))
        left = tuple(child for child in kept if child is not None)
        return left[0] if len(left) == 1 else _with(node, left) if left else None
    within = silent if node.production == "route" else frozenset()
    return _with(node, tuple(_simplified(child, within) or child for child in node.children))


def _alike(node: Blueprint) -> bool:
    """Whether it says the same to a question whenever it is asked."""
    program = node.children[0].production if node.production == "code" else ""
    return node.production == "solve" or program in PROGRAMS


def _asked(node: Blueprint) -> Silent:
    """What was all silent where `node` has no answer."""
    if _alike(node):
        return frozenset({node})
    asked = [_asked(child) for child in node.children]
    if node.production == "first":
        return asked[0] | asked[1]
    return asked[0] & asked[1] if node.production == "route" else frozenset()


def _in_turn(parts: tuple[Blueprint, ...]) -> Blueprint:
    """Several parts as nested pairs: the first that has an answer."""
    head, *rest = parts
    return make("first", head, _in_turn(tuple(rest))) if rest else head


def _with(node: Blueprint, children: tuple[Blueprint, ...]) -> Blueprint:
    return Blueprint(node.production, node.params, children)

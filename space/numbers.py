"""Steps of the numbers that are written in a program: one, or several of a statement at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isfinite
from random import Random
from statistics import median

from .living import living
from .syntax import Place, exchanged, parse

SMALLEST = 1e-3
"""Of a step, as a share of the number. Sizes are drawn evenly on a log scale up to 1."""
MAX_BITS = 64
"""Longer whole numbers are left alone: they are codes, not quantities."""

Number = int | float


def numbers(tree: ast.Module) -> list[list[Place]]:
    """The numbers of each statement that has some which matter, statements in order."""
    owner: dict[int, int] = {}
    found: dict[int, list[Place]] = {}
    for index, node in enumerate(ast.walk(tree)):
        inside = index if isinstance(node, ast.stmt) else owner.get(id(node), 0)
        for child in ast.iter_child_nodes(node):
            owner[id(child)] = inside
    for place in sorted(living(tree), key=_position):
        if is_number(place.node):
            found.setdefault(owner[id(place.node)], []).append(place)
    return list(found.values())


def _position(place: Place) -> tuple[int, int]:
    """Where it stands in the text; what has no place of its own comes first."""
    return getattr(place.node, "lineno", 0), getattr(place.node, "col_offset", 0)


def is_number(node: ast.AST) -> bool:
    """Whether a node is a number that may take a step."""
    return isinstance(node, ast.Constant) and (
        type(node.value) is float
        or (type(node.value) is int and node.value.bit_length() <= MAX_BITS)
    )


def number_changes(source: str, rng: Random) -> Iterator[tuple[str, str]]:
    """Without end: `source` after a step of some numbers of one statement, and what was done.

    How many is drawn on a log scale too: often one, at times all of them.
    """
    groups = numbers(parse(source))
    while groups:
        (group,) = rng.choices(groups, [len(group) for group in groups])
        chosen = rng.sample(group, round(len(group) ** rng.random()))
        size = SMALLEST ** rng.random()
        old = [_value(place) for place in chosen]
        typical = median(abs(_value(place)) for place in group)
        new = [_stepped(value, size * max(abs(value), typical or 1.0), rng) for value in old]
        changed = exchanged(
            source, [(p, ast.Constant(value)) for p, value in zip(chosen, new, strict=True)]
        )
        if changed is not None:
            what = f"{old[0]} -> {new[0]}" if len(old) == 1 else f"{len(old)} numbers, {size:.2g}"
            yield changed, f"line {chosen[0].line}: {what}"


def mixed(source: str, donor: str, rng: Random) -> str | None:
    """`source` with a run of its numbers as `donor` has them.

    None where the two programs differ in more than numbers, or in none of them.
    """
    if _shape(source) != _shape(donor):
        return None
    pairs = list(zip(_in_order(source), _in_order(donor), strict=True))
    differing = [i for i, (a, b) in enumerate(pairs) if _value(a) != _value(b)]
    if not differing:
        return None
    first, last = sorted(rng.choices(differing, k=2))
    return exchanged(source, [(mine, theirs.node) for mine, theirs in pairs[first : last + 1]])


def _in_order(source: str) -> list[Place]:
    return [place for group in numbers(parse(source)) for place in group]


def _shape(source: str) -> str:
    """The program with every number the same."""
    tree = parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and is_number(node):
            node.value = 0
    return ast.dump(tree)


def _value(place: Place) -> Number:
    value: Number = place.node.value  # type: ignore[attr-defined]
    return value


def _stepped(old: Number, spread: float, rng: Random) -> Number:
    """A Gaussian step; a whole number stays whole, and moves by at least one."""
    step = rng.gauss(0.0, spread)
    if isinstance(old, int):
        return old + (round(step) or rng.choice((-1, 1)))
    new = float(f"{old + step:.8g}")
    return new if isfinite(new) else old

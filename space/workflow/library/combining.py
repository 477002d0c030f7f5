"""Reaching a number by arithmetic on others: the search of the countdown game."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from .reading import integers


def reach_target(question: str, budget: int, order: str) -> str:
    """An expression that uses all listed numbers once and gives the target.

    At most `budget` pairs are combined, in the `order` "given", "close" (to the target)
    or "large" first.
    """
    found = re.search(r"-?\d+(?:,\s*(?:and\s+)?-?\d+)+", question)
    if not found:
        return ""
    rest = integers(question[: found.start()] + " " + question[found.end() :])
    if not rest:
        return ""
    terms = [(Fraction(number), str(number)) for number in integers(found.group())]
    left = iter(range(budget))
    return combine(terms, Fraction(rest[0]), order, left) or ""


def combine(
    terms: list[tuple[Fraction, str]], target: Fraction, order: str, left: Iterator[int]
) -> str | None:
    """Depth-first search over pairs; None where nothing is found while `left` lasts."""
    if len(terms) == 1:
        return terms[0][1].removeprefix("(").removesuffix(")") if terms[0][0] == target else None
    steps = []
    for i, a in enumerate(terms):
        for j, b in enumerate(terms):
            if i != j:
                others = [term for k, term in enumerate(terms) if k not in (i, j)]
                steps += [(result, others) for result in results(a, b, i < j)]
    if order == "close":
        steps.sort(key=lambda step: abs(step[0][0] - target))
    elif order == "large":
        steps.sort(key=lambda step: -abs(step[0][0]))
    for result, others in steps:
        if next(left, None) is None:
            return None
        found = combine([result, *others], target, order, left)
        if found is not None:
            return found
    return None


def results(
    a: tuple[Fraction, str], b: tuple[Fraction, str], first: bool
) -> Iterator[tuple[Fraction, str]]:
    """What two terms give; sums and products only once for a pair, whole quotients alone."""
    if first:
        yield a[0] + b[0], f"({a[1]} + {b[1]})"
        yield a[0] * b[0], f"({a[1]} * {b[1]})"
    yield a[0] - b[0], f"({a[1]} - {b[1]})"
    if b[0] and (a[0] / b[0]).denominator == 1:
        yield a[0] / b[0], f"({a[1]} / {b[1]})"

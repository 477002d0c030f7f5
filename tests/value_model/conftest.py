"""A made-up space of chains of four codes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from discover.space import Blueprint, make


def chain(codes: Sequence[str]) -> Blueprint:
    nodes = [make("node", code=code, inputs=str(position)) for position, code in enumerate(codes)]
    return make("architecture", *nodes)


def drawn(count: int, seed: int) -> list[list[str]]:
    """Chains of seven codes."""
    rng = Random(seed)
    return [[rng.choice("abcd") for _ in range(7)] for _ in range(count)]


def score(codes: Sequence[str]) -> float:
    """Every `ab` in a row is worth one, every `d` costs a half."""
    pairs = sum(a + b == "ab" for a, b in pairwise(codes))
    return pairs - 0.5 * codes.count("d")

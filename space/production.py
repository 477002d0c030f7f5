"""The rules of a grammar: which states there are, and what each can be built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from .blueprint import Value
from .levels import Level

Slot = tuple[str, ...]
"""A place for a subtree: the states that it accepts."""


@dataclass(frozen=True)
class Choice:
    """A parameter's finite domain; the first value is its default.

    `level` is the level of an edit that changes the value. A sample keeps the default
    with probability `keep`, and draws evenly from all values otherwise.
    """

    values: tuple[Value, ...]
    level: Level = Level.NODE
    keep: float = 0.0

    def draw(self, rng: Random) -> Value:
        """A random value, for a sample."""
        return self.values[0] if rng.random() < self.keep else rng.choice(self.values)

    def __contains__(self, value: object) -> bool:
        """Whether `value` is one of `values`, in type too: 1, 1.0 and True differ."""
        return any(type(value) is type(v) and value == v for v in self.values)


@dataclass(frozen=True)
class Production:
    """One way to build a subtree of `state`.

    `weight` is its share among the productions that a slot accepts; a production of
    weight 0 is legal but never proposed. `level` is the level of an edit that puts it
    in or takes it out.
    """

    name: str
    state: str
    level: Level
    children: tuple[Slot, ...] = ()
    params: Mapping[str, Choice] = field(default_factory=dict)
    weight: float = 1.0

    @property
    def label(self) -> str:
        """The name as words, for menus."""
        return self.name.replace("_", " ")

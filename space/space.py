"""What every space offers to whoever proposes candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from .blueprint import Blueprint, Path
from .levels import Level


@dataclass(frozen=True)
class Edit:
    """One legal change of a blueprint: what stands at `path` becomes `subtree`.

    `label` says it in words short enough for a numbered menu.
    """

    level: Level
    path: Path
    subtree: Blueprint
    label: str


class Space(Protocol):
    """A set of blueprints that can be sampled, edited and rendered to source."""

    def sample(self, rng: Random) -> Blueprint:
        """A random blueprint; its expected size is finite."""

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        """Every edit at `level` as a numbered menu, in a fixed order.

        Where an edit needs a fresh subtree of unbounded choice, `rng` draws it.
        """

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        """`blueprint` after `edit`; raises ValueError where it does not fit."""

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        """`a` with one subtree taken from a compatible place of `b`."""

    def render(self, blueprint: Blueprint) -> str:
        """The Python source that a person would keep."""

    def tokens(self, blueprint: Blueprint) -> Sequence[str]:
        """The blueprint as words, for features and search."""


@runtime_checkable
class Finite(Protocol):
    """A space that can be gone through: optional."""

    def shuffled(self, rng: Random) -> Iterator[Blueprint]:
        """Every blueprint once, in random order."""
        ...

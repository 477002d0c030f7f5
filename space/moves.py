"""Legal changes of a genome: which others are one move away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Literal, Protocol

from .encodings import Genome

ALL = "all"
DRAWS = 24
"""Fresh draws for one group of positions; the rest of an unbounded choice is left out."""


class Rows(Protocol):
    """What a move may know of the table: its genomes, never its figures."""

    def __contains__(self, genome: object) -> bool: ...

    def positions(self, genome: Genome, names: Sequence[str]) -> Sequence[int]:
        """Where the named positions (or groups of them) stand in `genome`."""
        ...

    def choices(self, genome: Genome, position: int) -> Sequence[str]:
        """The codes that occur at this position."""
        ...

    def nearest(self, genome: Genome, size: Size) -> Sequence[Genome]:
        """Other genomes, most alike first."""
        ...

    def draw(self, rng: Random) -> Genome: ...


Size = Literal["same", "other", "any"]


class Move(Protocol):
    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        """Genomes one move away, in a fixed order for one state of `rng`; some may not exist."""
        ...


@dataclass(frozen=True)
class Replace:
    """One position takes another of its codes."""

    names: tuple[str, ...] = (ALL,)

    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        for i in rows.positions(genome, self.names):
            for code in rows.choices(genome, i):
                if code != genome[i]:
                    yield (*genome[:i], code, *genome[i + 1 :])


@dataclass(frozen=True)
class Swap:
    """Two positions exchange their codes."""

    names: tuple[str, ...] = (ALL,)

    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        for i, j in combinations(rows.positions(genome, self.names), 2):
            if genome[i] != genome[j]:
                swapped = list(genome)
                swapped[i], swapped[j] = genome[j], genome[i]
                yield tuple(swapped)


@dataclass(frozen=True)
class Redraw:
    """One group of positions is drawn anew; no group at all stands for the whole."""

    groups: tuple[tuple[str, ...], ...] = ()

    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        for group in self.groups:
            positions = rows.positions(genome, group)
            for _ in range(DRAWS):
                drawn = list(genome)
                for i in positions:
                    drawn[i] = rng.choice(rows.choices(genome, i))
                yield tuple(drawn)
        if not self.groups:
            for _ in range(DRAWS):
                yield rows.draw(rng)


@dataclass(frozen=True)
class Resize:
    """A code is put in or taken out, for genomes of variable length."""

    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        for i in range(len(genome)):
            yield (*genome[:i], *genome[i + 1 :])
        codes = {code for i in range(len(genome)) for code in rows.choices(genome, i)}
        for i in range(len(genome) + 1):
            for code in sorted(codes):
                yield (*genome[:i], code, *genome[i:])


@dataclass(frozen=True)
class Nearest:
    """The rows most alike, for tables so sparse that single edits miss them."""

    count: int = DRAWS
    size: Size = "any"

    def neighbours(self, genome: Genome, rows: Rows, rng: Random) -> Iterator[Genome]:
        yield from rows.nearest(genome, self.size)[: self.count]

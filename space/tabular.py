"""The space of a table: the architectures in its rows, and the moves between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import numpy as np

from .blueprint import Blueprint
from .encodings import Encoding, Genome
from .levels import Level
from .moves import ALL, Move, Size
from .space import Edit
from .wiring import neighbourhoods, wiring

WORD_COLUMNS = 512
CROSSINGS = 8
"""Tries to land a crossover on a row before a row alike to both parents stands in."""
POOL = 500
"""Rows among which that one is sought."""
EVERY = slice(None)


@dataclass(frozen=True)
class TabularSpace:
    """Rows as blueprints. Every sample, edit and crossover is a row of the table."""

    encoding: Encoding
    genomes: Sequence[Genome]
    moves: Mapping[Level, Sequence[Move]]
    _blueprints: dict[Genome, Blueprint] = field(default_factory=dict, repr=False, compare=False)

    # What the Space protocol offers

    def sample(self, rng: Random) -> Blueprint:
        return self.blueprint(self.draw(rng))

    def shuffled(self, rng: Random) -> Iterator[Blueprint]:
        return map(self.blueprint, rng.sample(self.genomes, len(self.genomes)))

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        genome = self.encoding.genome(blueprint)
        return [self._edit(level, genome, other) for other in self.neighbours(genome, level, rng)]

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        try:
            changed = blueprint.replace(edit.path, edit.subtree)
            genome = self.encoding.genome(changed)
        except (IndexError, KeyError) as error:
            raise ValueError(f"edit {edit.label!r} does not fit: {error}") from None
        if genome not in self:
            raise ValueError(f"edit {edit.label!r} leads to no row of the table")
        return changed

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        return self.blueprint(self.cross(self.encoding.genome(a), self.encoding.genome(b), rng))

    def render(self, blueprint: Blueprint) -> str:
        lines = [f"    {dict(child.params)!r}," for child in blueprint.children]
        return "\n".join(["ARCHITECTURE = [", *lines, "]", ""])

    def tokens(self, blueprint: Blueprint) -> Sequence[str]:
        genome = self.encoding.genome(blueprint)
        names = self.encoding.names(len(genome))
        return [f"{name}={code}" for name, code in zip(names, genome, strict=True)]

    # The same on genomes, without the cost of trees

    def blueprint(self, genome: Genome) -> Blueprint:
        found = self._blueprints.get(genome)
        if found is None:
            found = self._blueprints[genome] = self.encoding.blueprint(genome)
        return found

    def neighbours(self, genome: Genome, level: Level, rng: Random) -> Sequence[Genome]:
        """The rows one move at `level` away, without repeats."""
        found = {
            other: None
            for move in self.moves.get(level, ())
            for other in move.neighbours(genome, self, rng)
            if other != genome and other in self
        }
        return tuple(found)

    def cross(self, a: Genome, b: Genome, rng: Random) -> Genome:
        """`a` with some codes of `b`; a row most alike to both where that is none."""
        if len(a) == len(b):
            if sum(x != y for x, y in zip(a, b, strict=True)) < 2:
                return a
            for _ in range(CROSSINGS):
                mixed = tuple(rng.choice(pair) for pair in zip(a, b, strict=True))
                if mixed in self and mixed not in (a, b):
                    return mixed
        return self._between(a, b, rng)

    def _between(self, a: Genome, b: Genome, rng: Random) -> Genome:
        """Of some rows, the one most alike to both."""
        rows = rng.sample(range(len(self.genomes)), min(POOL, len(self.genomes)))
        distance = self._distances(a, rows) + self._distances(b, rows)
        same = np.isin(rows, [self.index[a], self.index[b]])
        return self.genomes[rows[int(np.argmin(np.where(same, np.inf, distance)))]]

    # What moves may know (moves.Rows)

    def __contains__(self, genome: object) -> bool:
        return genome in self.index

    @cached_property
    def index(self) -> Mapping[Genome, int]:
        """The row of each genome."""
        return {genome: i for i, genome in enumerate(self.genomes)}

    def draw(self, rng: Random) -> Genome:
        return self.genomes[rng.randrange(len(self.genomes))]

    def positions(self, genome: Genome, names: Sequence[str]) -> Sequence[int]:
        """Positions by name, by the part before the point, or `all`."""
        return [
            i
            for i, name in enumerate(self.encoding.names(len(genome)))
            if ALL in names or name in names or name.split(".")[0] in names
        ]

    def choices(self, genome: Genome, position: int) -> Sequence[str]:
        return self._codes[self.encoding.names(len(genome))[position]]

    @cached_property
    def _codes(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, set[str]] = {}
        for genome in self.genomes:
            for name, code in zip(self.encoding.names(len(genome)), genome, strict=True):
                found.setdefault(name, set()).add(code)
        return {name: sorted(codes) for name, codes in found.items()}

    def nearest(self, genome: Genome, size: Size) -> Sequence[Genome]:
        distance = self._distances(genome)
        distance[self.index[genome]] = np.inf
        if size != "any":
            same = self._sizes == len(genome)
            distance[~same if size == "same" else same] = np.inf
        order = np.argsort(distance, kind="stable")[:64]
        return [self.genomes[i] for i in order if np.isfinite(distance[i])]

    def _distances(self, genome: Genome, rows: Sequence[int] | slice = EVERY) -> np.ndarray:
        """How unlike `genome` some rows are, (rows,): codes that differ, or words."""
        row = self.index[genome]
        if self._digits is not None:
            return (self._digits[rows] != self._digits[row]).sum(axis=1).astype(np.float64)
        return np.abs(self._words[rows] - self._words[row]).sum(axis=1, dtype=np.float64)

    @cached_property
    def _digits(self) -> np.ndarray | None:
        """Every row's codes as numbers, (rows, positions), where all are of one length."""
        if len({len(genome) for genome in self.genomes}) > 1:
            return None
        numbers: dict[str, int] = {}
        return np.array(
            [[numbers.setdefault(code, len(numbers)) for code in g] for g in self.genomes]
        )

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.array([len(genome) for genome in self.genomes])

    @cached_property
    def _words(self) -> np.ndarray:
        """Hashed counts of each row's words, (rows, WORD_COLUMNS)."""
        columns: dict[str, int] = {}
        counts = np.zeros((len(self.genomes), WORD_COLUMNS), np.int16)
        for row, genome in enumerate(self.genomes):
            for word, count in self._bag(genome).items():
                column = columns.setdefault(word, len(columns)) % WORD_COLUMNS
                counts[row, column] += count
        return counts

    def _bag(self, genome: Genome) -> Counter[str]:
        blueprint = self.blueprint(genome)
        graph = wiring(blueprint)
        return neighbourhoods(graph) if graph else Counter(self.tokens(blueprint))

    def _edit(self, level: Level, genome: Genome, other: Genome) -> Edit:
        old, new = self.blueprint(genome), self.blueprint(other)
        changed = [
            i for i, (a, b) in enumerate(zip(old.children, new.children, strict=False)) if a != b
        ]
        label = self._label(genome, other)
        if len(old.children) == len(new.children) and len(changed) == 1:
            return Edit(level, (changed[0],), new.children[changed[0]], label)
        return Edit(level, (), new, label)

    def _label(self, genome: Genome, other: Genome) -> str:
        if len(genome) != len(other):
            return f"{len(genome)} positions -> {len(other)}: {' '.join(other)}"[:120]
        names = self.encoding.names(len(genome))
        parts = [
            f"{name}: {a} -> {b}" for name, a, b in zip(names, genome, other, strict=True) if a != b
        ]
        return "; ".join(parts)[:120]

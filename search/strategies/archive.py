"""MAP-Elites: the best candidate of each kind, kinds told apart by descriptors.

Mouret and Clune 2015. The borders of the cells slide with the quantiles of what was seen
lately (Fontaine et al. 2019), so no domain has to know the range of its descriptors.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Cell = tuple[int, ...]

BUFFER = 1000
"""Results that the borders are drawn by, the newest."""


@dataclass(frozen=True, slots=True)
class Elite:
    """A scored candidate (higher is better) and where it lies."""

    id: str
    score: float
    descriptors: tuple[float, ...]


@dataclass
class Archive:
    """`bins` cells along each descriptor, each holding its best candidate.

    The borders are drawn anew whenever the number of results has doubled, so a step costs
    a constant on average; by the last `buffer` results, so that it holds no more than those.
    """

    bins: int = 8
    buffer: int = BUFFER
    cells: dict[Cell, Elite] = field(default_factory=dict)
    _seen: deque[Elite] = field(init=False, repr=False)
    _count: int = field(default=0, init=False)
    _worst: float = field(default=math.inf, init=False)
    _borders: list[list[float]] = field(init=False, default_factory=list, repr=False)
    _drawn_at: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._seen = deque(maxlen=self.buffer)

    def add(self, elite: Elite) -> None:
        """Place a result; raises ValueError where it has another number of descriptors than the
        others."""
        if self._seen and len(elite.descriptors) != len(self._seen[0].descriptors):
            raise ValueError(
                f"candidate {elite.id}: {len(elite.descriptors)} descriptors, "
                f"expected {len(self._seen[0].descriptors)}"
            )
        self._seen.append(elite)
        self._count += 1
        self._worst = min(self._worst, elite.score)
        if self._count >= 2 * self._drawn_at:
            self.redraw()
        else:
            self._place(elite)

    def cell(self, descriptors: Sequence[float]) -> Cell:
        """Which cell descriptors fall into."""
        return tuple(bisect_right(b, d) for b, d in zip(self._borders, descriptors, strict=True))

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Elite]:
        return iter(self.cells.values())

    @property
    def coverage(self) -> float:
        """The share of cells that hold a candidate, 0..1."""
        dimensions = len(self._borders)
        return len(self.cells) / self.bins**dimensions if self._seen else 0.0

    @property
    def qd_score(self) -> float:
        """The elites' scores above the worst result so far, summed (Pugh et al. 2015)."""
        return sum(elite.score - self._worst for elite in self)

    def _place(self, elite: Elite) -> None:
        cell = self.cell(elite.descriptors)
        if cell not in self.cells or elite.score > self.cells[cell].score:
            self.cells[cell] = elite

    def redraw(self) -> None:
        """Place the best and the last results again, between borders drawn by the last."""
        self._drawn_at = self._count
        columns = [
            sorted(column) for column in zip(*(e.descriptors for e in self._seen), strict=True)
        ]
        self._borders = [
            [column[i * len(column) // self.bins] for i in range(1, self.bins)]
            for column in columns
        ]
        placed = [*self.cells.values(), *self._seen]
        self.cells.clear()
        for elite in placed:
            self._place(elite)


def place_of(metrics: Mapping[str, float], descriptors: Sequence[str]) -> tuple[float, ...]:
    """Where a candidate lies; nowhere, (), unless all of `descriptors` were measured."""
    known = all(name in metrics for name in descriptors)
    return tuple(metrics[name] for name in descriptors) if known else ()

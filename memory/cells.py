"""The archive of a campaign: its candidates told apart by two metrics, the best of each kind.

Cells as in MAP-Elites (Mouret and Clune 2015), between borders at the quantiles of what was
measured (Fontaine et al. 2019), so that no range has to be known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from .campaigns import Campaign
from .store import Memory

BINS = 8
"""Cells along each metric, fewer where it takes fewer values."""


@dataclass(frozen=True)
class Point:
    """A candidate with its score and where it lies; `y` is 0 where one metric is enough."""

    id: str
    score: float
    x: float
    y: float = 0.0


@dataclass(frozen=True)
class Cell:
    """The `count` candidates of one kind, and the best of them."""

    column: int
    row: int
    count: int
    best: str
    score: float


@dataclass(frozen=True)
class Grid:
    """Cells that hold a candidate, in order; `xs` and `ys` are the borders between them."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[Cell, ...]

    @property
    def total(self) -> int:
        """How many cells there are, empty ones among them."""
        return (len(self.xs) + 1) * (len(self.ys) + 1)


def grid(points: Sequence[Point], sign: int, bins: int = BINS) -> Grid:
    """The best of each kind; `sign` is +1 where a high score is better."""
    xs, ys = (_borders([getattr(p, axis) for p in points], bins) for axis in ("x", "y"))
    found: dict[tuple[int, int], list[Point]] = {}
    for point in points:
        place = bisect_right(ys, point.y), bisect_right(xs, point.x)
        found.setdefault(place, []).append(point)
    return Grid(xs, ys, tuple(_cell(place, found[place], sign) for place in sorted(found)))


def _cell(place: tuple[int, int], points: Sequence[Point], sign: int) -> Cell:
    best = max(points, key=lambda p: (sign * p.score, p.id))
    return Cell(place[1], place[0], len(points), best.id, best.score)


def _borders(values: Sequence[float], bins: int) -> tuple[float, ...]:
    """Between all values where there are few, else at quantiles; none below the lowest."""
    ordered, different = sorted(values), sorted(set(values))
    if len(different) > bins:
        different = sorted({ordered[i * len(ordered) // bins] for i in range(bins)})
    return tuple(different[1:])


def points(memory: Memory, campaign: Campaign, tier: str, x: str, y: str) -> list[Point]:
    """The campaign's candidates that were measured in `x`, and in `y` unless that is empty."""
    return [
        Point(id_, found[campaign.objective], found[x], found[y] if y else 0.0)
        for id_, found in _measured(memory, campaign.id, tier, {campaign.objective, x, y})
        if {campaign.objective, x, y} - {""} <= found.keys()
    ]


def _measured(
    memory: Memory, campaign: str, tier: str, names: set[str]
) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Each candidate with the median of each metric over its runs."""
    rows = memory.rows(
        "SELECT e.candidate, m.name, m.value FROM evaluations e"
        " JOIN metrics m ON m.evaluation = e.id"
        " WHERE e.campaign = ? AND e.tier = ? AND e.status = 'ok'"
        f" AND m.name IN ({', '.join('?' * len(names))}) ORDER BY e.candidate",
        (campaign, tier, *sorted(names)),
    )
    found: dict[str, dict[str, list[float]]] = {}
    for id_, name, value in rows:
        found.setdefault(id_, {}).setdefault(name, []).append(value)
    for id_, values in found.items():
        yield id_, {name: median(many) for name, many in values.items()}

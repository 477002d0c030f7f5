"""Plots as geometry: what stands where on a picture, for a template to draw as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import quantiles
from typing import TypeVar

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 28
T = TypeVar("T")
LARGEST = 1e150
"""A larger value is left out: the arithmetic of a picture would overflow."""
FEWEST_FENCED = 8
"""Among fewer values none is called far off."""
MOST_POINTS = 600
"""More points than this on one line could not be told apart."""


@dataclass(frozen=True)
class Scale:
    """A linear map from data to pixels; the ends may stand in either order."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values within the range, about so many."""
        span = self.high - self.low
        if not span:
            return [self.low]
        raw = span / about
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(n * step, 12) for n in range(first, last + 1)]


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """`points` is ready for SVG; `kind` names its colour in the style sheet."""

    label: str
    kind: str
    points: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str
    label: str
    link: str = ""


@dataclass(frozen=True)
class Level:
    """A horizontal line across the picture."""

    y: float
    label: str
    value: float


@dataclass(frozen=True)
class Chart:
    """A picture of `width` by `height` pixels."""

    width: int
    height: int
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    levels: Sequence[Level] = ()
    x_label: str = ""
    y_label: str = ""
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Mark:
    """A scored run on a progress plot."""

    score: float
    candidate: str
    label: str


def finite(value: float | None) -> float | None:
    """A value that can be drawn and put into JSON, or None."""
    return value if value is not None and abs(value) <= LARGEST else None


def progress(
    marks: Sequence[Mark], references: Mapping[str, float], direction: str, objective: str
) -> Chart | None:
    """Scores in the order of ending, the best so far, and the references; None where empty.

    Far behind the others a run stands on the edge, and a reference is left out.
    """
    marks = [mark for mark in marks if finite(mark.score) is not None]
    references = {name: v for name, v in references.items() if finite(v) is not None}
    if not marks:
        return None
    scores = [mark.score for mark in marks]
    better = max if direction == "max" else min
    known = _without_tail(scores, direction)
    shown = [*known, better(references.values(), default=known[0])]
    low, high = _range(shown)
    x, y = _x(1, max(2, len(marks))), _y(low, high)
    best = _best_so_far(scores, direction)
    steps = [(x(n), y(_clamp(score, low, high))) for n, score in enumerate(best, 1)]
    drawn = _thin(list(enumerate(marks, 1)))
    dots = [
        Dot(x(n), y(_clamp(m.score, low, high)), "run", m.label, f"/candidate/{m.candidate}")
        for n, m in drawn
    ]
    levels = [
        Level(y(v), name, v)
        for name, v in sorted(references.items(), key=lambda r: r[1])
        if low <= v <= high
    ]
    return Chart(
        WIDTH, HEIGHT, _ticks(x), _ticks(y), [Line("best so far", "best", _stairs(steps))],
        dots, _apart(levels), "scored runs", objective,
    )  # fmt: skip


def curves(series: Mapping[str, Sequence[float]], y_label: str = "") -> Chart | None:
    """One line a series against its index; None where nothing can be drawn."""
    drawn = {
        name: [(n, v) for n, v in enumerate(values, 1) if finite(v) is not None]
        for name, values in series.items()
    }
    points = [point for line in drawn.values() for point in line]
    if not points:
        return None
    low, high = _range([v for _, v in points])
    x, y = _x(1, max(2, max(n for n, _ in points))), _y(low, high)
    lines = [
        Line(name, f"c{i % 6}", _joined([(x(n), y(v)) for n, v in _thin(line)]))
        for i, (name, line) in enumerate(drawn.items())
        if line
    ]
    return Chart(WIDTH, HEIGHT, _ticks(x), _ticks(y), lines, x_label="step", y_label=y_label)


def scatter(dots: Sequence[tuple[float, float, str, str, str]], xy: tuple[str, str]) -> Chart:
    """Points as (x, y, kind, label, link), with the names of the two axes.

    Those far off stand on the edge, where none of them is on the front.
    """
    front = [d for d in dots if d[2] == "front"]
    left, right = _range([*_without_tails([d[0] for d in dots]), *(d[0] for d in front)])
    low, high = _range([*_without_tails([d[1] for d in dots]), *(d[1] for d in front)])
    x, y = _x(left, right), _y(low, high)
    placed = [
        Dot(x(_clamp(a, left, right)), y(_clamp(b, low, high)), kind, label, link)
        for a, b, kind, label, link in dots
    ]
    return Chart(WIDTH, HEIGHT, _ticks(x), _ticks(y), dots=placed, x_label=xy[0], y_label=xy[1])


def _best_so_far(scores: Sequence[float], direction: str) -> list[float]:
    better = max if direction == "max" else min
    return list(accumulate(scores, better))


def _without_tail(scores: Sequence[float], direction: str) -> list[float]:
    """Scores without the far tail on the bad side, which would flatten the rest."""
    low, high = _fences(scores)
    return [score for score in scores if (score >= low if direction == "max" else score <= high)]


def _without_tails(values: Sequence[float]) -> list[float]:
    low, high = _fences(values)
    return [value for value in values if low <= value <= high]


def _fences(values: Sequence[float]) -> tuple[float, float]:
    """Beyond these a value is far from the others: 1.5 times the middle half (Tukey 1977)."""
    if len(values) < FEWEST_FENCED:
        return min(values), max(values)
    lower, _, upper = quantiles(values, n=4, method="inclusive")
    reach = 1.5 * (upper - lower)
    return lower - reach, upper + reach


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = (high - low) * 0.06 or abs(low) * 0.05 or 1.0
    return low - margin, high + margin


def _clamp(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))


def _x(low: float, high: float) -> Scale:
    return Scale(low, high, LEFT, WIDTH - RIGHT)


def _y(low: float, high: float) -> Scale:
    return Scale(low, high, HEIGHT - BOTTOM, TOP)


def _ticks(scale: Scale) -> list[Tick]:
    return [Tick(scale(value), f"{value:g}") for value in scale.ticks()]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _stairs(points: Sequence[tuple[float, float]]) -> str:
    """Only the corners of a line that rises in steps."""
    corners = [points[0]]
    for (_, before), (x, y) in pairwise(points):
        if y != before:
            corners += [(x, before), (x, y)]
    return _joined([*corners, points[-1]])


def _thin(points: Sequence[T]) -> list[T]:
    """Evenly chosen points, the last among them."""
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    return [*points[:-1:step], *points[-1:]]


def _apart(levels: Sequence[Level], gap: float = 13.0) -> list[Level]:
    """Of levels that would overlap in print, the label of the better-placed one stays."""
    kept: list[Level] = []
    last = math.inf
    for level in levels:
        free = abs(level.y - last) >= gap
        kept.append(level if free else Level(level.y, "", level.value))
        last = level.y if free else last
    return kept

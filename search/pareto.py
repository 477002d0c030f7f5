"""Several objectives: what is not beaten in all, and how much that covers."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, ...]
"""One figure an objective, higher is better; turn the sign of what is to be minimised."""


def dominates(a: Point, b: Point) -> bool:
    """Whether `a` is at least as good in all objectives and better in one."""
    return a != b and all(x >= y for x, y in zip(a, b, strict=True))


def front(points: Sequence[Point]) -> list[int]:
    """Where the points stand that no other dominates, best first objective first.

    Of equal points the first stays.
    """
    order = sorted(range(len(points)), key=lambda i: points[i], reverse=True)
    kept: list[int] = []
    for i in order:
        if not any(points[i] == points[k] or dominates(points[k], points[i]) for k in kept):
            kept.append(i)
    return kept


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """The volume that `points` dominate above `reference`, exactly.

    By slices along the last objective (While et al. 2006): for the two to four objectives
    and hundreds of points that a campaign has.
    """
    inside = [p for p in points if all(x > r for x, r in zip(p, reference, strict=True))]
    return _sliced([inside[i] for i in front(inside)], reference)


def _sliced(points: list[Point], reference: Point) -> float:
    if not points:
        return 0.0
    if len(reference) == 1:
        return max(p[0] for p in points) - reference[0]
    volume = 0.0
    ordered = sorted(points, key=lambda p: p[-1], reverse=True)
    for i, point in enumerate(ordered):
        floor = ordered[i + 1][-1] if i + 1 < len(ordered) else reference[-1]
        if point[-1] > floor:
            above = [p[:-1] for p in ordered[: i + 1]]
            volume += (point[-1] - floor) * _sliced(
                [above[k] for k in front(above)], reference[:-1]
            )
    return volume

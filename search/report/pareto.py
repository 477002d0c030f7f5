"""Several objectives: what is not beaten in all, and how much that covers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Point = tuple[float, ...]
"""One figure an objective, higher is better; turn the sign of what is to be minimised."""

EXACT = 3
"""With more objectives than this the exact volume takes seconds and more: it is estimated."""
DRAWS = 2**14


def front(points: Sequence[Point]) -> list[int]:
    """Where the points stand that no other dominates, best first objective first.

    One dominates another that is at least as good in all objectives and better in one. Of equal
    points the first stays.
    """
    if not points:
        return []
    order = sorted(range(len(points)), key=lambda i: points[i], reverse=True)
    kept: list[int] = []
    best = np.empty((len(points), len(points[0])))
    for i in order:  # none that comes later dominates it
        if not (best[: len(kept)] >= points[i]).all(axis=1).any():
            best[len(kept)] = points[i]
            kept.append(i)
    return kept


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """The volume that `points` dominate above `reference`.

    Exact for up to three objectives, by slices along the last one (While et al. 2006). For more,
    estimated by points drawn from the box up to the best of each: to about 0.01 of that box, and
    always by the same points.
    """
    inside = [p for p in points if all(x > r for x, r in zip(p, reference, strict=True))]
    kept = [inside[i] for i in front(inside)]
    return _sliced(kept, reference) if len(reference) <= EXACT else _estimated(kept, reference)


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


def _estimated(points: list[Point], reference: Point) -> float:
    if not points:
        return 0.0
    low, found = np.array(reference), np.array(points)
    high = found.max(axis=0)
    drawn = low + (high - low) * np.random.default_rng(0).random((DRAWS, len(low)))
    covered = np.zeros(DRAWS, dtype=bool)
    for point in found:
        covered |= (drawn <= point).all(axis=1)
    return float(covered.mean() * np.prod(high - low))

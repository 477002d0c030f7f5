"""Scores on a scale of their own: where one stands among all that were seen."""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from dataclasses import dataclass, field


@dataclass
class Ranks:
    """All scores so far in ascending order; no domain needs constants of its own."""

    _sorted: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, score: float) -> None:
        insort(self._sorted, score)

    def of(self, score: float) -> float:
        """The share of scores at or below `score`, 0..1; 0.5 before the first."""
        return bisect_right(self._sorted, score) / len(self._sorted) if self._sorted else 0.5

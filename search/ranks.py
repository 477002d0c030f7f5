"""Scores on a scale of their own: where one stands among all that were seen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field


@dataclass
class Ranks:
    """All scores so far in ascending order; no domain needs constants of its own."""

    _sorted: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._sorted)

    @property
    def best(self) -> float | None:
        return self._sorted[-1] if self._sorted else None

    def add(self, score: float) -> None:
        insort(self._sorted, score)

    def of(self, score: float) -> float:
        """The share of scores at or below `score`, ties counted half, in 0..1; 0.5 at first."""
        if not self._sorted:
            return 0.5
        below, upto = bisect_left(self._sorted, score), bisect_right(self._sorted, score)
        return (below + upto) / (2 * len(self._sorted))

    def quantile(self, share: float) -> float:
        """The score that `share` of all lie below; raises IndexError before the first."""
        return self._sorted[min(int(share * len(self._sorted)), len(self._sorted) - 1)]

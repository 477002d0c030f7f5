"""How many runs of a campaign ended and how, and the best that its search has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...memory.evaluations import Purpose, Run
from ...space import GATE, Evaluation, Status


@dataclass
class Tally:
    """Counts of what ended, and the best score so far: `sign` is -1 where lower is better."""

    sign: int
    best: float | None = None
    since_best: int = 0
    """Scores at the ranking tier since the best one."""
    _ended: Counter[tuple[Purpose, str, Status]] = field(default_factory=Counter)

    def count(self, run: Run, evaluation: Evaluation) -> None:
        """A run ended."""
        self._ended[run.purpose, run.tier, evaluation.status] += 1

    def leads(self, score: float) -> bool:
        """Take in a score of the search at the ranking tier; whether it is the best so far."""
        self.since_best += 1
        if self.best is not None and self.sign * (score - self.best) <= 0:
            return False
        self.best, self.since_best = score, 0
        return True

    @property
    def evaluations(self) -> int:
        """How many runs ended, gate runs left out."""
        return sum(n for (_, tier, _), n in self._ended.items() if tier != GATE)

    @property
    def searched(self) -> Mapping[str, int]:
        """How many runs of the search ended, by tier."""
        found: Counter[str] = Counter()
        for (purpose, tier, _), n in self._ended.items():
            if purpose is Purpose.SEARCH:
                found[tier] += n
        return found

    @property
    def apart(self) -> Mapping[str, int]:
        """How many others ended, by what they were for, gate runs left out."""
        found: Counter[str] = Counter()
        for (purpose, tier, _), n in self._ended.items():
            if purpose is not Purpose.SEARCH and tier != GATE:
                found[purpose.value] += n
        return found

    @property
    def scoreless(self) -> Mapping[str, int]:
        """How many runs ended without a score, by status."""
        found: Counter[str] = Counter()
        for (_, _, status), n in self._ended.items():
            if status is not Status.OK:
                found[status.value] += n
        return found

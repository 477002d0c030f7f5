"""What a method may know of a table: every look and every query is counted."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...space import Candidate
from ..stopping import StoppedEarly, Watch
from .domain import TabularDomain

WINDOW = 10
LOOKS_PER_WINDOW = 250
"""Unqueried rows that may be looked at in any ten queries in a row."""


class TooManyLooked(RuntimeError):
    """A method asked to look at more unqueried rows than it may."""


@dataclass
class QueryCounter:
    """One method's sight of a table: free columns of what it is offered, scores it queried.

    Duplicates cost as much as the first time, both looks and queries.
    """

    domain: TabularDomain
    queries: int = 0
    spent: float = 0.0
    """Queries, of which one that was stopped counts for its share of the steps."""
    _queried: set[str] = field(default_factory=set)
    _offered: set[str] = field(default_factory=set)
    _looks: deque[int] = field(default_factory=lambda: deque([0], maxlen=WINDOW))

    @property
    def looks_left(self) -> int:
        """Unqueried rows that may still be offered before the next query."""
        return LOOKS_PER_WINDOW - sum(self._looks)

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """Count a look at `candidates`; raises TooManyLooked past the limit."""
        new = sum(candidate.id not in self._queried for candidate in candidates)
        if new > self.looks_left:
            raise TooManyLooked(
                f"{new} more unqueried rows to look at, {self.looks_left} left of "
                f"{LOOKS_PER_WINDOW} in {WINDOW} queries"
            )
        self._looks[-1] += new
        self._offered.update(candidate.id for candidate in candidates)

    def free(self, candidate: Candidate) -> Mapping[str, float]:
        """The free columns of a candidate that was offered; raises TooManyLooked for others."""
        if candidate.id not in self._offered:
            raise TooManyLooked(f"candidate {candidate.id} was not offered, so it has no figures")
        return self.domain.free(candidate)

    def query(self, candidate: Candidate, watch: Watch | None = None) -> float | None:
        """The score (higher is better), or None where the table says that the run failed.

        Raises StoppedEarly where `watch` does: the query is charged for the steps until then.
        """
        row = self.domain.row(candidate)
        self.queries += 1
        self._queried.add(candidate.id)
        self._looks.append(0)
        share = 1.0
        try:
            if watch is not None:
                self.domain.show_curve(row, watch)
        except StoppedEarly as stopped:
            steps = list(self.domain.table.fidelities)
            share = steps[len(stopped.curve) - 1] / steps[-1]
            raise
        finally:
            self.spent += share
        score = float(self.domain.table.scores[row])
        return None if math.isnan(score) else score

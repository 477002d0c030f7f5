"""Asynchronous successive halving: dear runs only for what was good in cheap ones.

ASHA (Li et al. 2020). Pure: it says what to run next and is told what came of it, in any
order and with any number in flight.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Rung:
    """The results of one tier, best first, all who had one, and who went on from it."""

    ranked: list[tuple[float, str]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    promoted: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Promotion:
    """Run this candidate next, on this rung (0 is the cheapest)."""

    candidate: str
    rung: int


class SuccessiveHalving:
    """Of every `factor` results on a rung the best goes on to the next.

    `rungs` counts the tiers; scores are those of the tier's own decision metric, higher is
    better, and are only ever compared within one rung.
    """

    def __init__(self, rungs: int, factor: float = 3.0) -> None:
        if rungs < 1 or factor <= 1:
            raise ValueError(f"expected rungs >= 1 and factor > 1, got {rungs} and {factor:g}")
        self.factor = factor
        self.rungs: Sequence[Rung] = [Rung() for _ in range(rungs - 1)]
        """All but the last: from there nobody goes on."""

    def next(self) -> Promotion | None:
        """The best candidate that has earned a dearer run, or None: start a new one.

        Asking again does not give the same one again.
        """
        for level, rung in reversed([*enumerate(self.rungs)]):
            earned = int(len(rung.told) / self.factor)
            if len(rung.promoted) >= earned:
                # A search that keeps improving would else send on far more than its share.
                continue
            for _, candidate in rung.ranked[:earned]:
                if candidate not in rung.promoted:
                    rung.promoted.add(candidate)
                    return Promotion(candidate, level + 1)
        return None

    def tell(self, candidate: str, rung: int, score: float | None) -> None:
        """A result; None where the run did not end well, which never goes on.

        Duplicates are ignored: the first result of a candidate on a rung counts. One on a
        higher rung says that the candidate went on: so a state is rebuilt from results.
        """
        if rung > 0:
            self.promoted_to(candidate, rung)
        if rung == len(self.rungs):
            return
        at = self.rungs[rung]
        if candidate in at.told:
            return
        at.told.add(candidate)
        if score is not None:
            insort(at.ranked, (-score, candidate))

    def promoted_to(self, candidate: str, rung: int) -> None:
        """A candidate went on to `rung`, as another process decided."""
        self.rungs[rung - 1].promoted.add(candidate)

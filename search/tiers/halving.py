"""Asynchronous successive halving: dear runs only for what was good in cheap ones.

ASHA (Li et al. 2020). Pure: it says what to run next and is told what came of it, in any
order and with any number in flight.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field

DOUBT = 3.0
"""Standard deviations that two results of equal candidates hardly ever lie apart."""


@dataclass
class Rung:
    """The results of one tier, best first, all who had one, and who went on from it."""

    ranked: list[tuple[float, str]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    promoted: set[str] = field(default_factory=set)

    def waiting(self, places: int, noise: float) -> str | None:
        """The best of the first `places` that did not go on yet, if it may be the best of all.

        Two results of one seed each differ by sqrt(2) * `noise`; with 0, whatever it is worth
        is not known, and any place will do.
        """
        for score, candidate in self.ranked[:places]:
            behind = score - self.ranked[0][0]
            if noise and behind > DOUBT * math.sqrt(2) * noise:
                return None
            if candidate not in self.promoted:
                return candidate
        return None


@dataclass(frozen=True)
class Promotion:
    """Run this candidate next, on this rung (0 is the cheapest)."""

    candidate: str
    rung: int


class SuccessiveHalving:
    """Of every `factor` results on a rung the best goes on to the next, if noise may be all that
    keeps it from the first place: what is surely worse there is not worth a dear run.

    `noise` has one entry a tier, the standard deviation of its scores over seeds, 0 where it is
    not known. Scores are values of what the tier decides by (`Tier.decides`), higher is better,
    and are only ever compared within one rung.
    """

    def __init__(self, noise: Sequence[float], factor: float) -> None:
        if not noise or factor <= 1:
            raise ValueError(f"expected a tier and factor > 1, got {len(noise)} and {factor:g}")
        self.factor = factor
        self.noise = noise
        self.rungs: Sequence[Rung] = [Rung() for _ in noise[:-1]]
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
            candidate = rung.waiting(earned, self.noise[level])
            if candidate is not None:
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

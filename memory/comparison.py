"""Comparison: two candidates side by side, tier by tier."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from . import campaigns, standings
from .standings import Standing
from .store import Memory


@dataclass(frozen=True)
class Side:
    """Two candidates at one tier; `pairs` are (seed, first's score, second's score).

    `direction` says whether a high score is better ("max") or a low one ("min").

    A description, not a claim: nobody chose the seeds for this comparison.
    """

    domain: str
    definition: str
    tier: str
    objective: str
    direction: str
    first: Standing | None
    second: Standing | None
    pairs: tuple[tuple[int, float, float], ...]

    @property
    def difference(self) -> float | None:
        """The mean of first minus second over shared seeds, None where there are none."""
        return fmean(a - b for _, a, b in self.pairs) if self.pairs else None


def compare(memory: Memory, first: str, second: str) -> list[Side]:
    """Every tier at which one of the two has a score."""
    mine, theirs = _by_tier(memory, first), _by_tier(memory, second)
    return [
        Side(
            *key,
            _direction(memory, key[0]),
            mine.get(key),
            theirs.get(key),
            _pairs(memory, first, second, *key),
        )
        for key in sorted(mine.keys() | theirs.keys())
    ]


def _direction(memory: Memory, domain: str) -> str:
    latest = campaigns.latest(memory, domain)
    return latest.direction if latest else "max"


def _by_tier(memory: Memory, candidate: str) -> dict[tuple[str, str, str, str], Standing]:
    found = standings.standings_of(memory, candidate)
    return {(s.domain, s.definition, s.tier, s.objective): s for s in found}


def _pairs(
    memory: Memory,
    first: str,
    second: str,
    domain: str,
    definition: str,
    tier: str,
    objective: str,
) -> tuple[tuple[int, float, float], ...]:
    """One pair a seed; a seed that was run more than once counts by its mean."""
    side = (
        "SELECT e.seed, avg(score) AS score"
        " FROM evaluations e JOIN campaigns c ON c.id = e.campaign"
        " WHERE candidate = ? AND tier = ? AND domain = ? AND definition = ? AND objective = ?"
        " AND score IS NOT NULL GROUP BY e.seed"
    )
    place = (tier, domain, definition, objective)
    rows = memory.rows(
        f"SELECT a.seed, a.score, b.score FROM ({side}) a JOIN ({side}) b USING (seed)"
        " ORDER BY a.seed",
        (first, *place, second, *place),
    )
    return tuple((row[0], row[1], row[2]) for row in rows)

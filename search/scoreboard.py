"""Who scored what, at which tier: the standings that a campaign acts on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from ..evaluators.domain import Objective, Tier


@dataclass(frozen=True)
class Standing:
    """A candidate's score at a tier, the median over its seeds, as the objective has it."""

    candidate_id: str
    tier: str
    score: float
    seeds: int


@dataclass
class Scoreboard:
    """Scores by tier and candidate. Feeding it a result twice changes nothing."""

    objective: Objective
    tiers: tuple[Tier, ...]
    _scores: dict[tuple[str, str], dict[int, float]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is."""
        return self.objective.sign

    @property
    def ranking_tier(self) -> Tier:
        """The cheapest tier whose scores mean something; the strategies learn from it."""
        return next(tier for tier in self.tiers if tier.ranks)

    def add(self, candidate_id: str, tier: str, seed: int, score: float) -> None:
        """Keep the score of one evaluation that ended well."""
        self._scores[tier, candidate_id][seed] = score

    def standing(self, candidate_id: str, tier: str) -> Standing | None:
        """Where a candidate stands at a tier, or None where it has no score there."""
        scores = self._scores.get((tier, candidate_id))
        if not scores:
            return None
        return Standing(candidate_id, tier, median(scores.values()), len(scores))

    def ranking(self, tier: str) -> list[Standing]:
        """Everyone with a score at `tier`, best first; ties by id, so that order is certain."""
        rows = [self.standing(candidate, t) for t, candidate in self._scores if t == tier]
        return sorted(
            (row for row in rows if row is not None),
            key=lambda row: (-self.sign * row.score, row.candidate_id),
        )

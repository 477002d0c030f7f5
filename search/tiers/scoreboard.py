"""Who scored what, at which tier: the standings that a campaign acts on."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from ...evaluators.domain import Objective, Tier, ranking_tier


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
    _scores: dict[str, dict[int, dict[str, float]]] = field(default_factory=dict)
    """By tier, seed and candidate: a search gives nearly all their scores on one seed."""

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is."""
        return self.objective.sign

    @property
    def ranking_tier(self) -> Tier:
        """The cheapest tier whose scores mean something; the strategies learn from it."""
        return ranking_tier(self.tiers)

    def add(self, candidate_id: str, tier: str, seed: int, score: float) -> None:
        """Keep the score of one evaluation that ended well."""
        self._scores.setdefault(tier, {}).setdefault(seed, {})[candidate_id] = score

    def standing(self, candidate_id: str, tier: str) -> Standing | None:
        """Where a candidate stands at a tier, or None where it has no score there."""
        by_seed = self._scores.get(tier, {}).values()
        scores = [known[candidate_id] for known in by_seed if candidate_id in known]
        return Standing(candidate_id, tier, median(scores), len(scores)) if scores else None

    def ranking(self, tier: str) -> list[Standing]:
        """Everyone with a score at `tier`, best first; ties by id, so that order is certain."""
        everyone = {
            candidate for known in self._scores.get(tier, {}).values() for candidate in known
        }
        rows = [self.standing(candidate, tier) for candidate in everyone]
        return sorted(
            (row for row in rows if row is not None),
            key=lambda row: (-self.sign * row.score, row.candidate_id),
        )

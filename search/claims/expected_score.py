"""What a score in a search is expected to be worth, by the noise of one seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from ...evaluators.domain import Domain, ranking_tier
from ...evaluators.noise import noise_of
from ...memory import Memory, candidates, evaluations
from ...memory.evaluations import Purpose
from ...space import Status
from .shrinkage import pooled_noise, shrunken


@dataclass(frozen=True)
class Searched:
    """The median score of one of `among` candidates in their search, over `seeds`.

    `expected` is what it is worth with the luck of the best of them taken off; None where too
    little is known of the noise, or of the others.
    """

    tier: str
    score: float
    seeds: int
    among: int
    expected: float | None

    @property
    def sentence(self) -> str:
        """One line for people."""
        seeds = f"{self.seeds} seed{'s' if self.seeds != 1 else ''}"
        worth = (
            "how much of that was luck is not known"
            if self.expected is None
            else f"expected {self.expected:.4g} with the luck taken off"
        )
        where = f"in its search {self.score:.4g} at {self.tier} on {seeds}"
        return f"{where}, one of {self.among}: {worth}"


def expected_scores(
    memory: Memory,
    campaign: str,
    domain: Domain,
    tier: str,
    scores: Mapping[str, tuple[float, int]],
) -> dict[str, float]:
    """What `scores`, of a candidate and over how many seeds, are expected to be worth.

    Empty where the noise of one seed is known neither from the domain nor from repeated runs.
    """
    noise: float | None = noise_of(domain, tier)
    if not noise:
        noise = pooled_noise(evaluations.scores_by_candidate(memory, campaign, tier))
    return {} if noise is None else shrunken(scores, noise)


def in_search(memory: Memory, candidate: str, domain: Domain) -> Searched | None:
    """How `candidate` did in the newest search that ran it at the tier that ranks; None where
    none did."""
    tier = ranking_tier(domain.tiers).name
    for proposal in reversed(candidates.proposals_of(memory, candidate)):
        runs: dict[str, list[float]] = {}
        for stored in evaluations.of_campaign(memory, proposal.campaign):
            run, evaluation = stored.run, stored.evaluation
            searching = run.purpose is Purpose.SEARCH and run.tier == tier
            if searching and evaluation.status is Status.OK and stored.score is not None:
                runs.setdefault(run.candidate, []).append(stored.score)
        if candidate in runs:
            scores = {id_: (median(found), len(found)) for id_, found in runs.items()}
            expected = expected_scores(memory, proposal.campaign, domain, tier, scores)
            return Searched(tier, *scores[candidate], len(scores), expected.get(candidate))
    return None

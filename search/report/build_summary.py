"""The summary of a campaign, put together from what it did and from its memory."""

from __future__ import annotations

from collections.abc import Sequence

from ...evaluators.sampling import too_slow
from ...memory import candidates, claims, evaluations
from ...memory.campaigns import CampaignStatus
from ...memory.claims import Claim
from ...space import GATE, Status
from ..campaign.loop import Campaign
from ..claims.comparison import Comparison
from ..claims.expected_score import expected_scores
from ..claims.validation import read_validation
from ..limits.verification_plan import MIN_SEEDS
from ..setup.references import reference_names
from .coverage import coverage, measured, trade_off
from .hindsight import look_back
from .summary import Scored, Summary

SHOWN = 5
"""How many of the best candidates the final table holds, of this campaign and of earlier ones."""

SHOWN_FAILED = 3
"""Runs without a score that are named, each of another reason."""


def build_summary(
    campaign: Campaign,
    status: CampaignStatus,
    reason: str,
    comparisons: Sequence[Comparison],
    unclaimed: str,
) -> Summary:
    """The summary of `campaign` as it stands; `unclaimed` says why nothing was compared."""
    learner = campaign.learner
    tier = learner.scoreboard.ranking_tier.name
    table = _table(campaign, tier)
    proposed = candidates.ids_of_campaign(campaign.memory, campaign.id)
    others = [row for row in table if not row.is_reference]
    best = [row for row in others if row.candidate_id in proposed][:SHOWN]
    found = measured(campaign.memory, campaign.id, tier)
    return Summary(
        campaign_id=campaign.id,
        domain=campaign.domain.name,
        database=str(campaign.memory.path),
        seed=campaign.settings.seed,
        status=status,
        reason=reason,
        isolation=campaign.runner.executor.isolation,
        objective=learner.objective.name,
        direction=learner.objective.direction,
        unit=learner.objective.unit,
        tier=tier,
        spent={unit.value: amount for unit, amount in campaign.progress().spent.items()},
        limits={unit.value: limit for unit, limit in campaign.settings.budget.limits.items()},
        evaluations=dict(campaign.tally.searched),
        apart=dict(campaign.tally.apart),
        failures=dict(campaign.tally.scoreless),
        failed=evaluations.failed(campaign.memory, campaign.id, SHOWN_FAILED),
        best=best,
        references=[row for row in table if row.is_reference],
        comparisons=list(comparisons),
        held_before=_held_before(campaign, comparisons),
        sentences=[c.sentence(c.candidate_id, learner.objective.unit) for c in comparisons],
        no_claim_reason=_unclaimed(comparisons) or unclaimed,
        too_slow=not best and _too_slow(campaign),
        known=[row for row in others if row.candidate_id not in proposed][:SHOWN],
        coverage=coverage(found, campaign.domain.descriptors, learner.objective),
        trade_off=trade_off(found, campaign.domain.objectives),
        hindsight=look_back(campaign.memory, campaign.id),
        validation=read_validation(campaign),
    )


def _table(campaign: Campaign, tier: str) -> list[Scored]:
    """All that is scored at the tier, references among it, best first."""
    learner = campaign.learner
    references = reference_names(campaign.domain)
    ranking = learner.scoreboard.ranking(tier)
    searched = {
        row.candidate_id: (row.score, row.seeds)
        for row in ranking
        if row.candidate_id not in references
    }
    expected = expected_scores(campaign.memory, campaign.id, campaign.domain, tier, searched)
    return [
        Scored(
            row.candidate_id,
            references.get(row.candidate_id) or learner.pool[row.candidate_id].name,
            row.score,
            row.seeds,
            row.candidate_id in references,
            expected.get(row.candidate_id),
        )
        for row in ranking
    ]


def _unclaimed(comparisons: Sequence[Comparison]) -> str:
    """Why nothing is claimed although something was compared; empty where that is not so."""
    if not comparisons or any(c.holds for c in comparisons):
        return ""
    if max(len(c.seeds) for c in comparisons) < MIN_SEEDS:
        return f"the budget ran out before {MIN_SEEDS} pairs of runs were complete"
    return "nothing is shown to beat the strongest reference"


def _too_slow(campaign: Campaign) -> bool:
    """Whether time is what kept all runs from a score, wherever the gates did not."""
    runs = (s.evaluation for s in evaluations.of_campaign(campaign.memory, campaign.id))
    lost = [run for run in runs if run.tier != GATE and run.status is not Status.OK]
    return bool(lost) and all(map(too_slow, lost))


def _held_before(campaign: Campaign, comparisons: Sequence[Comparison]) -> list[Claim]:
    """What the campaign claims that was not compared just now."""
    memory = campaign.memory
    now = {(c.candidate_id, c.reference, c.tier) for c in comparisons}
    found = [
        j.claim
        for j in claims.judged(memory, claims.of_campaign(memory, campaign.id)[::-1])
        if j.holds
    ]
    return [claim for claim in found if (claim.candidate, claim.reference, claim.tier) not in now]

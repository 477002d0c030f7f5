"""Verification: finalists against the strongest reference, on fresh paired seeds."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluators.domain import Calibrated, Domain
from ..memory import claims, evaluations, events
from ..memory.claims import Claim
from ..memory.evaluations import Purpose, Run
from .budget import Budget, Unit
from .campaign import MARGIN, Campaign
from .claims import CONFIDENCE, Comparison, compare
from .events import EventKind
from .randomness import generator
from .scoreboard import Standing
from .stop import INTERRUPTED, BudgetReached, Interrupted, StopCondition
from .verification import MAX_FINALISTS, VerificationPlan, plan_verification

PLAN = "verification"
"""The kind of the stored event that holds a plan, so that a resume carries it out."""


def verify(campaign: Campaign, stops: Sequence[StopCondition]) -> tuple[list[Comparison], str]:
    """Run what the verification share affords; returns the comparisons, or why there are none.

    Of `stops` only an interruption ends it: what ended the search is no reason not to verify.
    It then gives INTERRUPTED as the reason, and a later call goes on with the same plan.
    """
    reference = strongest_reference(campaign)
    if reference is None:
        return [], f"{campaign.domain.name} has no reference with a score to compare with"
    scored = _finalists(campaign)
    if not scored:
        return [], "no candidate was scored at a tier that ranks"
    finalists = [row for row in scored if not _ties(campaign, row, reference)][:MAX_FINALISTS]
    if not finalists:
        return [], f"every candidate scores exactly as {reference} does"
    plan = _plan(campaign, len(finalists))
    if plan is None:
        return [], "what is left of the budget affords no three paired seeds at any tier"
    chosen = [standing.candidate_id for standing in finalists[: plan.finalists]]
    campaign.tell(
        EventKind.PHASE,
        f"verifying {len(chosen)} of the best against {reference} at {plan.tier.name}, "
        f"seeds {plan.seeds[0]} to {plan.seeds[-1]}",
    )
    budget = campaign.settings.budget
    ending = carry_out(campaign, plan, reference, chosen, stops, budget)
    if ending == INTERRUPTED:
        return [], INTERRUPTED
    comparisons = conclude(campaign, plan, reference, chosen)
    if not comparisons:
        return [], f"no pair of runs was complete when verification ended: {ending}"
    return comparisons, ""


def carry_out(
    campaign: Campaign,
    plan: VerificationPlan,
    reference: str,
    chosen: Sequence[str],
    stops: Sequence[StopCondition],
    budget: Budget,
) -> str:
    """Run `plan` on the candidates `chosen`, skipping what is stored; returns why it ended.

    Seed by seed, so that what is cut off leaves whole pairs behind.
    """
    ids = dict.fromkeys([campaign.domain.references[reference].id, *chosen])
    runs = [
        Run(campaign.id, id_, plan.tier.name, seed, Purpose.VERIFY)
        for seed in plan.seeds
        for id_ in ids
    ]
    campaign.queue.clear()
    campaign.queue.extend(r for r in runs if not evaluations.is_stored(campaign.memory, r))
    return campaign.work((Interrupted(stops), BudgetReached(budget)), budget)


def conclude(
    campaign: Campaign, plan: VerificationPlan, reference: str, chosen: Sequence[str]
) -> list[Comparison]:
    """Compare by what is stored of `plan`, and keep the claims."""
    comparisons = _compare(campaign, plan, reference, chosen)
    _claim(campaign, comparisons)
    return comparisons


def strongest_reference(campaign: Campaign) -> str | None:
    """The reference with the best standing at the ranking tier, by name."""
    board = campaign.learner.scoreboard
    names = {candidate.id: name for name, candidate in campaign.domain.references.items()}
    ranking = board.ranking(board.ranking_tier.name)
    return next((names[row.candidate_id] for row in ranking if row.candidate_id in names), None)


def _finalists(campaign: Campaign) -> list[Standing]:
    """The best by the dearest tier that anyone reached, then by the tiers below it."""
    board = campaign.learner.scoreboard
    references = {candidate.id for candidate in campaign.domain.references.values()}
    chosen: dict[str, Standing] = {}
    for tier in reversed(campaign.learner.rungs):
        for row in board.ranking(tier.name):
            if row.candidate_id not in references:
                chosen.setdefault(row.candidate_id, row)
    return list(chosen.values())


def _ties(campaign: Campaign, row: Standing, reference: str) -> bool:
    """Whether a candidate scores exactly as the reference: no seed would tell them apart."""
    id_ = campaign.domain.references[reference].id
    theirs = campaign.learner.scoreboard.standing(id_, row.tier)
    return theirs is not None and theirs.score == row.score


def _plan(campaign: Campaign, finalists: int) -> VerificationPlan | None:
    """A plan stored before a kill where no search has come since, or a new one."""
    stored = events.read(campaign.memory, campaign.id, kind=PLAN)
    done = campaign.searched.total()
    if stored and stored[-1].data["searched"] == done:
        data = stored[-1].data
        tier = next(tier for tier in campaign.domain.tiers if tier.name == data["tier"])
        return VerificationPlan(tier, data["finalists"], tuple(data["seeds"]))
    progress = campaign.progress()
    budget = campaign.settings.budget
    plan = plan_verification(
        campaign.domain.tiers,
        finalists,
        budget.slot_seconds_left(progress.committed, campaign.runner.executor.slots),
        budget.left(Unit.EVALUATIONS, progress.committed),
        MARGIN * campaign.dearness,
    )
    if plan is not None:
        data = {"tier": plan.tier.name, "finalists": plan.finalists, "seeds": list(plan.seeds)}
        events.append(campaign.memory, campaign.id, PLAN, {**data, "searched": done})
    return plan


def _compare(
    campaign: Campaign, plan: VerificationPlan, reference: str, chosen: Sequence[str]
) -> list[Comparison]:
    """One comparison a finalist that has at least one complete pair."""
    scores: dict[str, dict[int, float]] = {}
    for stored in evaluations.of_campaign(campaign.memory, campaign.id):
        run = stored.run
        wanted = run.purpose is Purpose.VERIFY and run.tier == plan.tier.name
        if wanted and run.seed in plan.seeds and stored.score is not None:
            scores.setdefault(run.candidate, {})[run.seed] = stored.score
    sign = campaign.learner.scoreboard.sign
    theirs = scores.get(campaign.domain.references[reference].id, {})
    noise = noise_of(campaign.domain, plan.tier.name)
    comparisons = []
    for id_ in chosen:
        ours = scores.get(id_, {})
        shared = sorted(ours.keys() & theirs.keys())
        pairs = [(seed, sign * ours[seed], sign * theirs[seed]) for seed in shared]
        if not pairs:
            continue
        rng = generator(campaign.settings.seed, "bootstrap", id_)
        # Whoever asks again until the answer pleases pays for it in the interval.
        earlier = claims.of_candidate(campaign.memory, id_)
        looks = len(chosen) + sum(claim.reference == reference for claim in earlier)
        comparisons.append(
            compare(id_, reference, plan.tier.name, pairs, noise=noise, looks=looks, rng=rng)
        )
    return sorted(comparisons, key=lambda c: -c.difference)


def noise_of(domain: Domain, tier: str) -> float:
    """The calibrated one-seed standard deviation of a tier's score; 0 where none ships."""
    return domain.noise(tier) if isinstance(domain, Calibrated) else 0.0


def _claim(campaign: Campaign, comparisons: Sequence[Comparison]) -> None:
    references = campaign.domain.references
    with campaign.memory.transaction():
        for c in comparisons:
            statement = c.sentence(c.candidate_id)
            claims.add(
                campaign.memory,
                Claim(
                    campaign.id, c.candidate_id, c.reference, references[c.reference].id, c.tier,
                    c.seeds, c.difference, c.low, c.high, CONFIDENCE, c.looks, statement, c.holds,
                ),
            )  # fmt: skip
    for c in comparisons:
        campaign.tell(EventKind.CLAIM, c.sentence(c.candidate_id), holds=c.holds)

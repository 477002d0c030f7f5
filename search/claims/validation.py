"""Validation: the best of a search against every reference, on the same items.

Each reference is asked, item by item, until it is settled whether it is behind, or until its
time is up. Each is compared by itself at 95 %: that the best is ahead of all of them on these
items is then wrong no more often than that (an intersection-union test, Berger 1982). The best is
chosen on them too, from a few: what holds on other items is for verification to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...evaluators.domain import Objective, Tier
from ...evaluators.sampling import bounds_again
from ...memory import evaluations
from ...memory.evaluations import Purpose, Run, StoredEvaluation
from ...space import Evaluation, Status
from ..campaign.loop import Campaign
from ..campaign.proposer import SEARCH_SEED
from ..campaign.reserve import CHOSEN_FROM, Kept
from ..campaign.turns import Phase
from ..limits.stop import INTERRUPTED, Interrupted, StopCondition
from ..setup.references import reference_names
from .rivals import NO_TURN, Rival, Validation


def validate(campaign: Campaign, stops: Sequence[StopCondition]) -> str:
    """Run what `read_validation` then finds; returns why it ended, INTERRUPTED among it."""
    reserve, slots = campaign.reserve, campaign.runner.executor.slots
    tier = reserve.tier
    if tier is None:
        return "nothing is validated"
    until: list[StopCondition] = [
        Interrupted(stops),
        Kept(campaign.settings.budget, slots, reserve.after_validation),
    ]
    campaign.drain()
    _queue(campaign, tier, _best(campaign), Purpose.SEARCH)
    reason = campaign.work(until)
    leader = _leader(campaign, tier)
    if leader is None or reason == INTERRUPTED:
        return reason
    campaign.bar = _bar(campaign, leader)
    references = reference_names(campaign.domain)
    words = f"{leader.candidate_id} against {len(references)} references at {tier.name}"
    campaign.tell(Phase(f"validating {words}"))
    _queue(campaign, tier, references, Purpose.REFERENCE)
    return campaign.work(until)


def read_validation(campaign: Campaign) -> Validation | None:
    """What memory holds of it; None where it did not come to the references."""
    tier = campaign.reserve.tier
    leader = _leader(campaign, tier) if tier is not None else None
    if tier is None or leader is None:
        return None
    found = {stored.run.candidate: stored for stored in _stored(campaign, tier, Purpose.REFERENCE)}
    if not found and campaign.bar is None:
        return None
    objective, bar = campaign.learner.objective, _bar(campaign, leader)
    return Validation(
        leader.candidate_id,
        tier.name,
        leader.metrics[objective.name],
        bar,
        int(leader.metrics["items"]),
        tuple(
            _rival(name, found.get(candidate.id), objective, bar)
            for name, candidate in campaign.domain.references.items()
        ),
    )


def _queue(campaign: Campaign, tier: Tier, ids: Iterable[str], purpose: Purpose) -> None:
    """Queue what has no result yet."""
    runs = [Run(campaign.id, id_, tier.name, SEARCH_SEED, purpose) for id_ in ids]
    campaign.queue.extend(r for r in runs if not evaluations.is_stored(campaign.memory, r))


def _best(campaign: Campaign) -> list[str]:
    """The best of the search at the tier that it was made at."""
    board = campaign.learner.scoreboard
    references = reference_names(campaign.domain)
    ranking = (row.candidate_id for row in board.ranking(board.ranking_tier.name))
    return [id_ for id_ in ranking if id_ not in references][:CHOSEN_FROM]


def _leader(campaign: Campaign, tier: Tier) -> Evaluation | None:
    """The best run of the search at `tier`, the first of equal ones."""
    objective = campaign.learner.objective
    ended = [stored.evaluation for stored in _stored(campaign, tier, Purpose.SEARCH)]
    runs = [evaluation for evaluation in ended if evaluation.status is Status.OK]
    return max(runs, key=lambda e: objective.sign * e.metrics[objective.name], default=None)


def _stored(campaign: Campaign, tier: Tier, purpose: Purpose) -> Iterator[StoredEvaluation]:
    for stored in evaluations.of_campaign(campaign.memory, campaign.id):
        if stored.run.tier == tier.name and stored.run.purpose is purpose:
            yield stored


def _bar(campaign: Campaign, leader: Evaluation) -> float:
    objective = campaign.learner.objective
    whole = bounds_again(leader) is None
    return leader.metrics[objective.name] if whole else _ends(leader, objective)[0]


def _ends(evaluation: Evaluation, objective: Objective) -> tuple[float, float]:
    """The ends of the score's interval, the worse one first."""
    low, high = (evaluation.metrics[f"{objective.name}_{end}"] for end in ("low", "high"))
    return (low, high) if objective.sign > 0 else (high, low)


def _rival(name: str, stored: StoredEvaluation | None, objective: Objective, bar: float) -> Rival:
    if stored is None:
        return Rival(name, False, reason=NO_TURN)
    run, ships = stored.evaluation, not stored.charged
    if run.status is not Status.OK:
        return Rival(name, False, reason=f"{run.status}: {run.reason}")
    worst, best = _ends(run, objective)
    behind = objective.sign * (bar - best) > 0
    items = int(run.metrics["items"])
    return Rival(name, behind, run.metrics[objective.name], worst, best, items, ships)

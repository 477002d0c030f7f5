"""Verification: finalists against the strongest reference, on fresh paired seeds."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice

from ...evaluators.domain import PAIRED
from ...evaluators.noise import noise_of
from ...memory import artifacts, claims, evaluations, events
from ...memory.claims import Claim
from ...memory.evaluations import Purpose, Run
from ..campaign.loop import Campaign
from ..campaign.randomness import generator
from ..campaign.turns import Claimed, Phase
from ..limits.budget import Unit
from ..limits.stop import INTERRUPTED, BudgetSpent, Interrupted, StopCondition
from ..limits.verification_plan import MAX_FINALISTS, VerificationPlan, plan_verification
from ..setup.references import reference_names
from ..tiers.scoreboard import Standing
from .comparison import CONFIDENCE, Comparison, compare, paired_items
from .rivals import Rival, Validation
from .validation import read_validation

PLAN = "verification"
"""The kind of the stored event that holds a plan, so that a resume carries it out."""


def verify(campaign: Campaign, stops: Sequence[StopCondition]) -> tuple[list[Comparison], str]:
    """Run what the verification share affords; returns the comparisons, or why there are none.

    The last runs of the search may still be in flight: the reference begins meanwhile. Of
    `stops` only an interruption ends it: what ended the search is no reason not to verify.
    It then gives INTERRUPTED as the reason, and a later call goes on with the same plan.
    """
    reference = strongest_reference(campaign)
    if reference is None or not _finalists(campaign, reference):
        campaign.drain()
        reference = strongest_reference(campaign)
    if reference is None:
        return [], f"{campaign.domain.name} has no reference with a score to compare with"
    plan = _plan(campaign, len(_finalists(campaign, reference)))
    if plan is None:
        campaign.drain()
        return [], _why_none(campaign, reference)
    first, last = plan.seeds[0], plan.seeds[-1]
    words = f"verifying the best against {reference} at {plan.tier.name}, seeds {first} to {last}"
    campaign.tell(Phase(words))
    chosen: list[str] = []

    def choose() -> Sequence[str]:
        chosen[:] = _finalists(campaign, reference)[: plan.finalists]
        return chosen

    ending = run_plan(
        campaign, plan, reference, choose, stops, BudgetSpent(campaign.settings.budget)
    )
    if ending == INTERRUPTED:
        return [], INTERRUPTED
    comparisons = conclude(campaign, plan, reference, chosen or choose())
    if not comparisons:
        return [], f"no pair of runs was complete when verification ended: {ending}"
    return comparisons, ""


def run_plan(
    campaign: Campaign,
    plan: VerificationPlan,
    reference: str,
    choose: Callable[[], Sequence[str]],
    stops: Sequence[StopCondition],
    *limits: StopCondition,
) -> str:
    """Run `plan`, skipping what is stored; returns why it ended.

    First the reference; then the candidates that `choose` names by then, seed by seed, so
    that what is cut off leaves whole pairs behind.
    """
    standard = campaign.domain.references[reference].id
    waiting = deque([lambda: [standard], lambda: [id_ for id_ in choose() if id_ != standard]])

    def refill() -> bool:
        while waiting and not campaign.queue:
            ids = waiting.popleft()()
            runs = [
                Run(campaign.id, id_, plan.tier.name, seed, Purpose.VERIFY)
                for seed in plan.seeds
                for id_ in ids
            ]
            campaign.queue.extend(r for r in runs if not evaluations.is_stored(campaign.memory, r))
        return bool(campaign.queue)

    campaign.queue.clear()
    return campaign.work((Interrupted(stops), *limits), refill)


def conclude(
    campaign: Campaign, plan: VerificationPlan, reference: str, chosen: Sequence[str]
) -> list[Comparison]:
    """Compare by what is stored of `plan`, and keep the claims."""
    comparisons = _compare(campaign, plan, reference, chosen)
    _claim(campaign, comparisons)
    return comparisons


def strongest_reference(campaign: Campaign) -> str | None:
    """The strongest reference by name: of those that validation measured, the one that surely
    scores best, whatever its luck on few items. Where validation left out one that has a score
    at the ranking tier, the best there."""
    board = campaign.learner.scoreboard
    validation = read_validation(campaign)
    if validation is not None and not _left_out(campaign, validation):
        measured = [rival for rival in validation.rivals if rival.items]
        return max(measured, key=partial(strength, board.sign)).name
    names = reference_names(campaign.domain)
    ranking = board.ranking(board.ranking_tier.name)
    return next((names[row.candidate_id] for row in ranking if row.candidate_id in names), None)


def strength(sign: int, rival: Rival) -> tuple[float, float]:
    """What it surely scores; of those that surely score the same, the one that seems better.

    A run that was cut may have seen few items, and easy ones.
    """
    assert rival.worst is not None and rival.score is not None  # it has items
    return sign * rival.worst, sign * rival.score


def _left_out(campaign: Campaign, validation: Validation) -> bool:
    """Whether the search knows a reference that validation does not."""
    board, domain = campaign.learner.scoreboard, campaign.domain
    known = [
        board.standing(domain.references[rival.name].id, board.ranking_tier.name)
        for rival in validation.rivals
        if not rival.items
    ]
    return any(known) or len(known) == len(validation.rivals)


def _scored(campaign: Campaign) -> list[Standing]:
    """The candidates by the dearest tier that anyone reached, then by the tiers below it."""
    board = campaign.learner.scoreboard
    references = reference_names(campaign.domain)
    found: dict[str, Standing] = {}
    for tier in reversed(campaign.learner.rungs):
        for row in board.ranking(tier.name):
            if row.candidate_id not in references:
                found.setdefault(row.candidate_id, row)
    return list(found.values())


def _finalists(campaign: Campaign, reference: str) -> list[str]:
    """The best candidates, without those that no seed would tell from the reference, and those
    that the search has as worse: no runs are spent on either."""

    def may_beat(row: Standing) -> bool:
        gaps = _gaps(campaign, row.candidate_id, reference)
        return not gaps or (any(gaps.values()) and not _behind(campaign, gaps))

    rows = filter(may_beat, _scored(campaign))
    return [row.candidate_id for row in islice(rows, MAX_FINALISTS)]


def _gaps(campaign: Campaign, candidate: str, reference: str) -> dict[str, float]:
    """How far a candidate is ahead of the reference, by tier at which both have a score, the
    dearest last."""
    board, other = campaign.learner.scoreboard, campaign.domain.references[reference].id
    found = {}
    for tier in board.tiers:
        ours, theirs = board.standing(candidate, tier.name), board.standing(other, tier.name)
        if tier.ranks and ours and theirs:
            found[tier.name] = board.sign * (ours.score - theirs.score)
    return found


def _behind(campaign: Campaign, gaps: Mapping[str, float]) -> bool:
    """Whether the dearest of `gaps` is a lag that chance alone does not explain."""
    tier, gap = list(gaps.items())[-1]
    return gap < -campaign.learner.luck(tier)


def _why_none(campaign: Campaign, reference: str) -> str:
    """Why nothing is verified."""
    scored = _scored(campaign)
    if not scored:
        return "no candidate was scored at a tier that ranks"
    if _finalists(campaign, reference):
        return "what is left of the budget affords no three paired seeds at any tier"
    ties = [not any(_gaps(campaign, row.candidate_id, reference).values()) for row in scored]
    if all(ties):
        return f"every candidate scores exactly as {reference} does"
    if ties[0]:
        return f"every one of the best scores exactly as {reference} does"
    return f"nothing scored better than {reference} in the search"


def _plan(campaign: Campaign, finalists: int) -> VerificationPlan | None:
    """A plan stored before a kill where no search has come since, or a new one."""
    stored = events.read(campaign.memory, campaign.id, kind=PLAN)
    busy = campaign.runner.busy
    done = sum(campaign.tally.searched.values()) + busy
    if stored and stored[-1].data["searched"] == done:
        data = stored[-1].data
        tier = next(tier for tier in campaign.domain.tiers if tier.name == data["tier"])
        return VerificationPlan(tier, data["finalists"], tuple(data["seeds"]))
    progress = campaign.progress()
    budget, times = campaign.settings.budget, campaign.times
    # Whatever is in flight has been so for a while: on average it is half done.
    ending = busy / 2 * times.expected(times.ranking)
    plan = plan_verification(
        campaign.domain.tiers,
        finalists,
        budget.slot_seconds_left(progress.spent, campaign.runner.executor.slots) - ending,
        budget.left(Unit.EVALUATIONS, progress.committed),
        times.dearness,
    )
    if plan is not None:
        data = {"tier": plan.tier.name, "finalists": plan.finalists, "seeds": list(plan.seeds)}
        events.append(campaign.memory, campaign.id, PLAN, {**data, "searched": done})
    return plan


def _compare(
    campaign: Campaign, plan: VerificationPlan, reference: str, chosen: Sequence[str]
) -> list[Comparison]:
    """One comparison a finalist that has at least one complete pair."""
    runs = _runs(campaign, plan)
    sign = campaign.learner.scoreboard.sign
    theirs = runs.get(campaign.domain.references[reference].id, {})
    noise = noise_of(campaign.domain, plan.tier.name)
    comparisons = []
    for id_ in chosen:
        ours = runs.get(id_, {})
        shared = sorted(ours.keys() & theirs.keys())
        pairs = [(seed, sign * ours[seed][0], sign * theirs[seed][0]) for seed in shared]
        if not pairs:
            continue
        apart = paired_items([(ours[seed][1], theirs[seed][1]) for seed in shared])
        items = [sign * difference for difference in apart]
        rng = generator(campaign.settings.seed, "bootstrap", id_)
        looks = _looks(campaign, plan, reference, id_, shared, chosen)
        bounds = partial(compare, items=items, noise=noise, looks=looks, rng=rng)
        comparisons.append(bounds(id_, reference, plan.tier.name, pairs))
    return sorted(comparisons, key=lambda c: -c.difference)


def _looks(
    campaign: Campaign,
    plan: VerificationPlan,
    reference: str,
    candidate: str,
    seeds: Sequence[int],
    chosen: Sequence[str],
) -> int:
    """How many comparisons the interval of one among `chosen` has to allow for.

    Whoever asks again until the answer pleases pays for it in the interval: about the same
    candidate anywhere, or about others on the same seeds in a campaign that was given more
    budget. A look at the very same runs, as after a kill, is no further one, and allows for no
    less than it did.
    """
    memory, runs = campaign.memory, (campaign.id, plan.tier.name, tuple(seeds))
    about = [c for c in claims.of_candidate(memory, candidate) if c.reference == reference]
    same = [c for c in about if (c.campaign, c.tier, c.seeds) == runs]
    others = [
        c
        for c in claims.of_campaign(memory, campaign.id)
        if c.candidate not in chosen and not set(plan.seeds).isdisjoint(c.seeds)
    ]
    looks = len(chosen) + len(about) - len(same) + len(others)
    return max([looks, *(claim.looks for claim in same)])


def _runs(
    campaign: Campaign, plan: VerificationPlan
) -> dict[str, dict[int, tuple[float, Mapping[str, float]]]]:
    """What is stored of `plan`: by candidate and seed the score, and scores by item if any."""
    told = artifacts.notes(campaign.memory, campaign.id, PAIRED)
    runs: dict[str, dict[int, tuple[float, Mapping[str, float]]]] = {}
    for stored in evaluations.of_campaign(campaign.memory, campaign.id):
        run = stored.run
        wanted = run.purpose is Purpose.VERIFY and run.tier == plan.tier.name
        if wanted and run.seed in plan.seeds and stored.score is not None:
            items = json.loads(told.get(stored.id, "{}"))
            runs.setdefault(run.candidate, {})[run.seed] = stored.score, items
    return runs


def _claim(campaign: Campaign, comparisons: Sequence[Comparison]) -> None:
    references = campaign.domain.references
    known = claims.of_campaign(campaign.memory, campaign.id)
    with campaign.memory.transaction():
        for c in comparisons:
            claim = Claim(
                campaign=campaign.id,
                candidate=c.candidate_id,
                reference=c.reference,
                reference_id=references[c.reference].id,
                tier=c.tier,
                seeds=c.seeds,
                difference=c.difference,
                low=c.low,
                high=c.high,
                confidence=CONFIDENCE,
                looks=c.looks,
                statement=c.sentence(c.candidate_id),
                holds=c.holds,
            )
            if claim not in known:
                claims.add(campaign.memory, claim)
    for c in comparisons:
        campaign.tell(Claimed(c.sentence(c.candidate_id), c.holds))

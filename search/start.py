"""Beginning a campaign, and going on with one: everything is put together here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from ..agents.author import Author
from ..agents.grammar_author import GrammarAuthor
from ..evaluators.domain import Calibrated, Domain
from ..evaluators.registry import load_domain
from ..memory import Memory, campaigns, candidates, evaluations
from ..memory.campaigns import CampaignStatus, NewCampaign
from ..memory.evaluations import Purpose, Run, StoredEvaluation
from ..sandbox import LocalExecutor
from ..space import GATE, Evaluation, Status
from .budget import Budget, Unit
from .campaign import SEARCH_SEED, Campaign
from .claims import Comparison
from .events import EventKind, Observer
from .learner import Learner
from .report import summarise
from .runner import Runner
from .settings import Settings
from .stop import StopCondition
from .strategies import make_strategy
from .summary import Summary
from .verify import verify

INTERRUPTED = "interrupted"


class CannotSearch(ValueError):
    """A campaign that makes no sense as asked; the message is one line for the user."""


def run_campaign(
    settings: Settings,
    memory: Memory,
    *,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> Summary:
    """Search, verify, and sum up.

    Raises DomainError, CannotSearch, MemoryFault or SandboxRefused with one line for the
    user. A KeyboardInterrupt leaves the campaign ready to be resumed.
    """
    domain = load_domain(settings.domain)
    _check(settings, domain)
    objective = domain.objectives[0]
    stored = campaigns.create(
        memory,
        NewCampaign(
            domain.name,
            _lasting(settings.domain),
            objective.name,
            objective.direction,
            settings.seed,
            settings.budget.text,
            settings.to_dict(),
        ),
    )
    return _carry_out(stored.id, settings, domain, memory, observers, stops)


def resume_campaign(
    memory: Memory,
    campaign_id: str | None = None,
    *,
    more: Budget | None = None,
    slots: int | None = None,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> Summary:
    """Go on with a campaign (the newest one that is not done, where none is named).

    `more` is added to its budget. Raises as `run_campaign` does.
    """
    stored = campaigns.take_over(memory, campaign_id or newest_open(memory))
    settings = Settings.from_dict(stored.config)
    settings = replace(
        settings,
        domain=stored.domain_spec,
        budget=settings.budget.plus(more) if more else settings.budget,
        slots=slots or settings.slots,
    )
    campaigns.amend(memory, stored.id, budget=settings.budget.text, config=settings.to_dict())
    domain = load_domain(settings.domain)
    return _carry_out(stored.id, settings, domain, memory, observers, stops)


def _check(settings: Settings, domain: Domain) -> None:
    if domain.space is None:
        raise CannotSearch(
            f"{domain.name} has no space to draw candidates from, and no model is configured"
        )
    limits = settings.budget.limits
    if not limits.keys() & {Unit.WALL, Unit.DEVICE, Unit.EVALUATIONS}:
        raise CannotSearch(
            f"the budget {settings.budget.text!r} would never be spent: no model is configured; "
            "add a limit of time or evaluations"
        )
    if settings.slots < 1:
        raise CannotSearch(f"--slots must be at least 1; got {settings.slots}")


def _lasting(spec: str) -> str:
    """A file's absolute path, so that a resume from another folder finds it."""
    return os.path.abspath(spec) if spec.endswith(".py") or "/" in spec else spec  # noqa: PTH100


def newest_open(memory: Memory) -> str:
    """The newest campaign that is not done and that nobody runs; raises CannotSearch."""
    for campaign in campaigns.all_campaigns(memory):
        if campaign.status is not CampaignStatus.DONE and not campaigns.is_alive(campaign):
            return campaign.id
    raise CannotSearch(f"no campaign in {memory.path} is waiting to be resumed")


def _carry_out(
    id_: str,
    settings: Settings,
    domain: Domain,
    memory: Memory,
    observers: Sequence[Observer],
    stops: Sequence[StopCondition],
) -> Summary:
    executor = LocalExecutor(
        settings.slots,
        preload=getattr(domain, "preload", ()),
        min_isolation=settings.min_isolation or "S1",
        unsafe=settings.unsafe,
    )
    with closing(executor):
        limits = {tier.name: tier.limits for tier in domain.tiers}
        campaign = Campaign(
            id_,
            settings,
            domain,
            memory,
            _learner(settings, domain),
            Runner(memory, id_, settings.domain, limits, executor),
            observers,
            stops,
        )
        try:
            return _phases(campaign, executor.isolation)
        except KeyboardInterrupt:
            campaign.end(CampaignStatus.STOPPED)
            raise
        except Exception:
            campaign.end(CampaignStatus.ABORTED)
            raise


def _phases(campaign: Campaign, isolation: str) -> Summary:
    settings, budget = campaign.settings, campaign.settings.budget
    campaign.tell(
        EventKind.STARTED,
        f"campaign {campaign.id} on {campaign.domain.name}, budget {budget.text}, "
        f"seed {settings.seed}, {settings.slots} slots, isolation {isolation}",
        campaign=campaign.id,
        isolation=isolation,
    )
    _restore(campaign)
    _measure_references(campaign)
    _tell_references(campaign)
    reason = campaign.search()
    if reason == INTERRUPTED:
        comparisons: list[Comparison] = []
        unclaimed, status = "the search was interrupted", CampaignStatus.STOPPED
    else:
        campaign.tell(EventKind.PHASE, f"the search ends: {reason}")
        comparisons, unclaimed = verify(campaign, campaign.stops)
        status = CampaignStatus.DONE
    campaign.end(status)
    summary = summarise(campaign, status, reason, isolation, comparisons, unclaimed)
    campaign.tell(EventKind.ENDED, f"campaign {campaign.id} {status}: {reason}")
    return summary


def _learner(settings: Settings, domain: Domain) -> Learner:
    assert domain.space is not None  # held by _check
    author: Author = GrammarAuthor(domain.space)
    strategy = make_strategy(settings.strategy)
    return Learner(domain.objectives[0], tuple(domain.tiers), strategy, author, settings.seed)


# -- what memory and the domain know already ---------------------------------------------


def _restore(campaign: Campaign) -> None:
    """Rebuild the learner: references, other campaigns' results, then this one's, in order."""
    _know_references(campaign)
    if not campaign.settings.fresh:
        _know_other_campaigns(campaign)
    for proposal in candidates.proposals(campaign.memory, campaign.id):
        campaign.learner.know(proposal.candidate)
        if proposal.decision is not None:
            campaign.learner.decision = max(campaign.learner.decision, proposal.decision + 1)
    for stored in evaluations.of_campaign(campaign.memory, campaign.id):
        campaign.recall(stored)
    for flight in evaluations.in_flight(campaign.memory, campaign.id):
        campaign.tell(
            EventKind.WARNING, f"{flight.run.candidate} {flight.run.tier} was cut off: run again"
        )
    _requeue(campaign)


def _know_references(campaign: Campaign) -> None:
    """Enter the references, and what ships of their results, in memory and in the learner."""
    domain, memory = campaign.domain, campaign.memory
    for name, candidate in domain.references.items():
        named = replace(candidate, name=candidate.name or name)
        campaign.learner.know(named)
        candidates.propose(memory, campaign.id, named, author="reference")
    if campaign.settings.measure_references or not isinstance(domain, Calibrated):
        return
    score = domain.objectives[0].name
    for tier in domain.tiers:
        for name, by_seed in domain.reference_metrics(tier.name).items():
            candidate = campaign.learner.pool[domain.references[name].id]
            scores = {seed: metrics[score] for seed, metrics in by_seed.items()}
            campaign.learner.learn_reference(candidate, tier.name, scores)
            for seed, metrics in by_seed.items():
                _store_shipped(campaign, candidate.id, tier.name, seed, metrics)


def _store_shipped(
    campaign: Campaign, id_: str, tier: str, seed: int, metrics: Mapping[str, float]
) -> None:
    shipped = Evaluation(id_, tier, seed, Status.OK, "shipped with the domain", metrics=metrics)
    evaluations.finish(
        campaign.memory, campaign.id, shipped, purpose=Purpose.REFERENCE, charged=False
    )


def _know_other_campaigns(campaign: Campaign) -> None:
    """Start from what earlier campaigns on this domain learnt, and repeat none of it."""
    for other in reversed(campaigns.all_campaigns(campaign.memory)):
        if other.domain != campaign.domain.name or other.id == campaign.id:
            continue
        known = {
            p.candidate.id: p.candidate for p in candidates.proposals(campaign.memory, other.id)
        }
        for stored in evaluations.of_campaign(campaign.memory, other.id):
            if stored.run.purpose is Purpose.SEARCH and stored.run.candidate in known:
                campaign.learner.know(known[stored.run.candidate])
                campaign.learner.learn(stored.run.candidate, stored.evaluation)


def _requeue(campaign: Campaign) -> None:
    """Queue what was proposed and has not gone all its way: what a kill cut off."""
    last: dict[str, StoredEvaluation] = {}
    for stored in evaluations.of_campaign(campaign.memory, campaign.id):
        if stored.run.purpose is Purpose.SEARCH:
            last[stored.run.candidate] = stored
    for proposal in candidates.proposals(campaign.memory, campaign.id):
        if proposal.decision is None:
            continue
        id_ = proposal.candidate.id
        first = Run(campaign.id, id_, GATE, SEARCH_SEED)
        done = last.get(id_)
        following = campaign.following(done.run, done.evaluation) if done else first
        if following is not None:
            campaign.queue.append(following)


def _measure_references(campaign: Campaign) -> None:
    """Run the references that have no result yet, at the tier that ranks."""
    board = campaign.learner.scoreboard
    tier = board.ranking_tier.name
    for candidate in campaign.domain.references.values():
        run = Run(campaign.id, candidate.id, tier, SEARCH_SEED, Purpose.REFERENCE)
        known = board.standing(candidate.id, tier) is not None
        if not known and not evaluations.is_stored(campaign.memory, run):
            campaign.queue.append(run)


def _tell_references(campaign: Campaign) -> None:
    """Say what there is to beat, where it is known before the first run."""
    board = campaign.learner.scoreboard
    names = {candidate.id: name for name, candidate in campaign.domain.references.items()}
    known = {
        names[row.candidate_id]: row.score
        for row in board.ranking(board.ranking_tier.name)
        if row.candidate_id in names
    }
    if known:
        name, score = next(iter(known.items()))
        campaign.tell(EventKind.PHASE, f"to beat: {name} with {score:.4g}", references=known)

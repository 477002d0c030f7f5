"""Beginning a campaign, and going on with one: everything is put together here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from ..agents.author import Author
from ..evaluators.domain import Domain, Tier
from ..evaluators.registry import load_domain
from ..evaluators.report import GATE_LIMITS
from ..memory import Memory, campaigns, ledger
from ..memory.campaigns import CampaignStatus, NewCampaign
from ..sandbox import LocalExecutor
from ..space import GATE
from .authors import LEDGER_UNITS, CannotSearch, make_author, read_models
from .budget import Budget, Unit
from .campaign import Campaign
from .claims import Comparison
from .events import EventKind, Observer
from .learner import Learner
from .report import summarise
from .restore import restore
from .runner import Runner
from .settings import Settings
from .stop import StopCondition
from .strategies import make_strategy
from .summary import Summary
from .verify import verify

INTERRUPTED = "interrupted"
MIN_DEAR_RUNS = 20
"""A dearer tier is used where the search could pay for this many runs of it."""


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
    with closing(open_executor(settings, domain)) as executor:
        id_ = campaigns.create(memory, _new(settings, domain)).id
        return _carry_out(assemble(id_, settings, domain, memory, executor, observers, stops))


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
    stored = campaigns.get(memory, campaign_id or newest_open(memory))
    settings = Settings.from_dict(stored.config)
    # A database may come from anywhere: it cannot switch the sandbox off.
    settings = replace(
        settings, domain=stored.domain_spec, slots=slots or settings.slots, unsafe=False
    )
    if more is not None:
        spent = ledger.spent(memory, stored.id)
        before = {unit.value: spent.get(unit.value, 0.0) for unit in Unit}
        settings = replace(settings, budget=settings.budget.plus(more), spent_before=before)
    domain = load_domain(settings.domain)
    with closing(open_executor(settings, domain)) as executor:
        campaigns.take_over(memory, stored.id)
        campaigns.amend(memory, stored.id, budget=settings.budget.text, config=settings.to_dict())
        return _carry_out(assemble(stored.id, settings, domain, memory, executor, observers, stops))


def _new(settings: Settings, domain: Domain) -> NewCampaign:
    objective = domain.objectives[0]
    return NewCampaign(
        domain.name,
        _lasting(settings.domain),
        objective.name,
        objective.direction,
        settings.seed,
        settings.budget.text,
        settings.to_dict(),
    )


def _check(settings: Settings, domain: Domain) -> None:
    modelled = read_models(settings) is not None
    if domain.space is None and not modelled:
        raise CannotSearch(
            f"{domain.name} has no space to draw candidates from, and no model is named"
        )
    bounds = {Unit.WALL, Unit.DEVICE, Unit.EVALUATIONS} | (set(LEDGER_UNITS) if modelled else set())
    if not settings.budget.limits.keys() & bounds:
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


def _carry_out(campaign: Campaign) -> Summary:
    try:
        return _phases(campaign)
    except KeyboardInterrupt:
        campaign.end(CampaignStatus.STOPPED)
        raise
    except Exception:
        campaign.end(CampaignStatus.ABORTED)
        raise


def open_executor(settings: Settings, domain: Domain) -> LocalExecutor:
    """The slots that `settings` ask for, with the domain's harness warmed up."""
    return LocalExecutor(
        settings.slots,
        preload=getattr(domain, "preload", ()),
        min_isolation=settings.min_isolation or "S1",
        unsafe=settings.unsafe,
    )


def assemble(
    id_: str,
    settings: Settings,
    domain: Domain,
    memory: Memory,
    executor: LocalExecutor,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> Campaign:
    """A campaign that knows nothing yet."""
    limits = {GATE: GATE_LIMITS, **{tier.name: tier.limits for tier in domain.tiers}}
    runner = Runner(memory, id_, settings.domain, limits, executor)
    campaign: Campaign

    def notice(message: str) -> None:
        campaign.tell(EventKind.WARNING, message)

    learner = make_learner(settings, domain, make_author(settings, domain, memory, id_, notice))
    campaign = Campaign(id_, settings, domain, memory, learner, runner, observers, stops)
    return campaign


def _phases(campaign: Campaign) -> Summary:
    settings, budget = campaign.settings, campaign.settings.budget
    isolation = campaign.runner.executor.isolation
    campaign.tell(
        EventKind.STARTED,
        f"campaign {campaign.id} on {campaign.domain.name}, budget {budget.text}, "
        f"seed {settings.seed}, {settings.slots} slots, isolation {isolation}",
        campaign=campaign.id,
        isolation=isolation,
        direction=campaign.learner.objective.direction,
    )
    if budget.names_gpu:
        campaign.tell(
            EventKind.WARNING, "device time is charged on CPU slots: nothing runs on a GPU here"
        )
    restore(campaign)
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
    summary = summarise(campaign, status, reason, comparisons, unclaimed)
    campaign.tell(EventKind.ENDED, f"campaign {campaign.id} {status}: {reason}")
    return summary


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


def make_learner(settings: Settings, domain: Domain, author: Author) -> Learner[Any]:
    """A learner that knows nothing yet."""
    return Learner(
        domain.objectives[0],
        tuple(domain.tiers),
        make_strategy(settings.strategy),
        author,
        settings.seed,
        _rungs(settings, domain),
    )


def _rungs(settings: Settings, domain: Domain) -> tuple[Tier, ...]:
    """The cheapest ranking tier, and those dearer ones of which the search affords a few."""
    seconds = settings.budget.slot_seconds_left({}, settings.slots) * (1 - settings.verify_share)
    ranking = [tier for tier in domain.tiers if tier.ranks]
    affordable = [tier for tier in ranking[1:] if MIN_DEAR_RUNS * tier.expected_s <= seconds]
    return (ranking[0], *affordable)

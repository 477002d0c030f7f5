"""Beginning a campaign, and going on with one: everything is put together here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...agents.author import Author
from ...agents.grammar_author import GrammarAuthor
from ...evaluators.domain import Domain, Tier, ranking_tier
from ...evaluators.noise import noise_of
from ...evaluators.registry import load_domain
from ...evaluators.slots import open_slots
from ...harmless import shown
from ...memory import Memory, campaigns
from ...memory.campaigns import CampaignStatus, NewCampaign
from ...sandbox import LocalExecutor
from ..campaign.drafts import DraftGate
from ..campaign.expectations import describe_for
from ..campaign.learner import Learner
from ..campaign.loop import Campaign
from ..campaign.pool import pool_of
from ..campaign.runner import Runner, spent_of
from ..campaign.turns import Observer, Phase, Warned
from ..limits.budget import Budget, Spent, Unit
from ..limits.stop import StopCondition
from ..report.summary import Summary
from ..setup.authors import LEDGER_UNITS, CannotSearch, make_author, read_models
from ..setup.origin import Origin, named
from ..setup.own_programs import with_own_programs
from ..setup.references import named_references
from ..setup.settings import Settings, seed_fault
from ..setup.task_model import prepare, take_up
from ..strategies import ARCHIVED, MOST_ISLANDS, make_strategy
from ..strategies.contract import Strategy
from ..strategies.tree import TreeOptions
from .phases import carry_out

if TYPE_CHECKING:
    from ...agents.llm.recording import Recording
    from ...value_model import Tiered

DEAR_WIDTH = 3
"""Proposals of language models that the value model chooses from."""
LEARNING = "the value model begins its work: PyTorch is loaded, which takes seconds"
MAX_SLOTS = 1024
MIN_DEAR_RUNS = 20
"""A dearer tier is used where the search could pay for this many runs of it."""


def run_campaign(
    settings: Settings,
    memory: Memory,
    *,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
    recording: Recording | None = None,
) -> Summary:
    """Search, verify, and sum up. With a `recording`, that answers in place of every model.

    Raises DomainError, CannotSearch, MemoryFault or SandboxRefused with one line for the
    user. A KeyboardInterrupt leaves the campaign ready to be resumed.
    """
    id_ = campaigns.new_id()
    prepare(settings, settings.domain, memory, id_, recording)
    domain = with_own_programs(load_domain(settings.domain), settings, memory)
    origin = named(settings.domain, settings.models)
    settings = replace(settings, domain=origin.spec)
    _check(settings, domain)
    if not domain.references:  # then nothing can be verified
        settings = replace(settings, verify_share=0.0)
    with open_executor(settings, domain) as executor:
        # All that may be refused is put together before anything is stored.
        campaign = assemble(id_, settings, domain, memory, executor, observers, stops, recording)
        campaigns.create(memory, _new(settings, domain, origin), id_)
        return carry_out(campaign)


def resume_campaign(
    memory: Memory,
    campaign_id: str | None = None,
    *,
    more: Budget | None = None,
    domain: str | None = None,
    slots: int | None = None,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> Summary:
    """Go on with a campaign (the newest one that is not done, where none is named).

    `more` is added to its budget. `domain` names its domain again: needed for a file that
    was not named on this machine before. Raises as `run_campaign` does, and CannotSearch
    where the domain is not what it was.
    """
    stored = campaigns.get(memory, campaign_id or newest_open(memory))
    settings = Settings.from_dict(stored.config)
    origin = take_up(memory, stored, domain)
    # A database may come from anywhere: it cannot switch the sandbox off.
    settings = replace(settings, domain=origin.spec, slots=slots or settings.slots, unsafe=False)
    _check_slots(settings)
    if more is not None:
        spent = spent_of(memory, stored.id)
        before = {unit.value: amount for unit, amount in spent.items()}
        settings = replace(settings, budget=settings.budget.plus(more, spent), spent_before=before)
    judge = with_own_programs(load_domain(settings.domain), settings, memory)
    if more is None and stored.status is CampaignStatus.DONE:
        _require_rest(stored.id, settings, judge, spent_of(memory, stored.id))
    with open_executor(settings, judge) as executor:
        campaign = assemble(stored.id, settings, judge, memory, executor, observers, stops)
        campaign.runner.take_over()
        campaigns.amend(
            memory,
            stored.id,
            budget=settings.budget.text,
            config=settings.to_dict(),
            domain_spec=origin.spec,
            seal=origin.seal,
        )
        return carry_out(campaign)


def _new(settings: Settings, domain: Domain, origin: Origin) -> NewCampaign:
    objective = domain.objectives[0]
    return NewCampaign(
        domain=domain.name,
        domain_spec=origin.spec,
        objective=objective.name,
        direction=objective.direction,
        seed=settings.seed,
        budget=settings.budget.text,
        config=settings.to_dict(),
        definition=origin.definition,
        seal=origin.seal,
    )


def _check_slots(settings: Settings) -> None:
    if not 1 <= settings.slots <= MAX_SLOTS:
        raise CannotSearch(f"--slots must be from 1 to {MAX_SLOTS}; got {settings.slots}")


def _check_islands(settings: Settings) -> None:
    if settings.islands not in range(1, MOST_ISLANDS + 1):
        raise CannotSearch(f"--islands must be from 1 to {MOST_ISLANDS}; got {settings.islands}")
    if settings.islands > 1 and settings.strategy not in ARCHIVED:
        raise CannotSearch(
            f"--islands: the strategy {settings.strategy} keeps no archive, so it has no islands; "
            f"{' and '.join(ARCHIVED)} have"
        )


def _check(settings: Settings, domain: Domain) -> None:
    modelled = read_models(settings) is not None
    unspent = set() if modelled else set(LEDGER_UNITS)
    if not settings.budget.limits.keys() - unspent:
        raise CannotSearch(
            f"the budget {shown(settings.budget.text)} would never be spent: no model is "
            "configured; add a limit of time or evaluations"
        )
    _check_slots(settings)
    if fault := seed_fault(settings.seed):
        raise CannotSearch(f"--{fault}")


def _require_rest(id_: str, settings: Settings, domain: Domain, spent: Spent) -> None:
    """A campaign that was stopped by its user has something left; one at its end has not."""
    share = settings.search_share
    one = ranking_tier(domain.tiers).expected_s
    if share.reached(spent) or share.slot_seconds_left(spent, settings.slots) < one:
        raise CannotSearch(
            f"campaign {id_} is done, and nothing of its budget of {settings.budget.text} is left "
            "to search with: --budget MORE lets it search on"
        )


def newest_open(memory: Memory) -> str:
    """The newest campaign that is not done and that nobody runs; raises CannotSearch."""
    # What came with another memory does not go on here.
    own = [campaign for campaign in campaigns.all_campaigns(memory) if not campaign.origin]
    for campaign in own:
        if campaign.status is not CampaignStatus.DONE and not campaigns.is_alive(campaign):
            return campaign.id
    hint = "; `discover resume last --budget MORE` lets the latest search on" if own else ""
    raise CannotSearch(f"no campaign in {memory.path} is waiting to be resumed{hint}")


def open_executor(settings: Settings, domain: Domain) -> AbstractContextManager[LocalExecutor]:
    """The slots that `settings` ask for."""
    return open_slots(
        domain, settings.slots, min_isolation=settings.min_isolation, unsafe=settings.unsafe
    )


def assemble(
    id_: str,
    settings: Settings,
    domain: Domain,
    memory: Memory,
    executor: LocalExecutor,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
    recording: Recording | None = None,
) -> Campaign:
    """A campaign that knows nothing yet."""
    runner = Runner(memory, id_, settings.domain, executor)
    campaign: Campaign

    def notice(message: str) -> None:
        campaign.tell(Warned(message))

    def time_left() -> float:
        return settings.search_share.left(Unit.WALL, runner.spent_by_now())

    gate = DraftGate(settings.domain, executor)
    author = make_author(settings, domain, memory, id_, notice, gate, recording, time_left)
    learner = make_learner(settings, domain, author, lambda: campaign.tell(Phase(LEARNING)))
    learner.pool = pool_of(memory, id_, named_references(domain))
    campaign = Campaign(id_, settings, domain, memory, learner, runner, observers, stops)
    return campaign


def make_learner(
    settings: Settings,
    domain: Domain,
    author: Author,
    on_learning: Callable[[], None] = lambda: None,
    rungs: Collection[str] | None = None,
) -> Learner[Any]:
    """A learner that knows nothing yet. `on_learning` hears when its value model first learns.

    `rungs` names the tiers that another process used; without, they are what the budget affords.
    """
    used = None if rungs is None else tuple(t for t in domain.tiers if t.name in rungs)
    return Learner(
        objective=domain.objectives[0],
        tiers=tuple(domain.tiers),
        strategy=_strategy(settings, domain, author, on_learning),
        author=author,
        seed=settings.seed,
        rungs=used or _rungs(settings, domain),
        descriptors=tuple(domain.descriptors),
        noise={tier.name: noise_of(domain, tier.name) for tier in domain.tiers},
    )


def _strategy(
    settings: Settings, domain: Domain, author: Author, on_learning: Callable[[], None]
) -> Strategy[Any]:
    def predictor() -> Tiered:
        return _value_model(settings.seed, on_learning)

    _check_islands(settings)
    options = TreeOptions(islands=settings.islands)
    # Proposals of the grammar cost nothing; those of language models do.
    if settings.value_model and not isinstance(author, GrammarAuthor):
        options = replace(options, width=DEAR_WIDTH, survey=1)
    return make_strategy(
        settings.strategy,
        describe=describe_for(domain),
        predictor=predictor if settings.value_model else None,
        options=options,
    )


def _value_model(seed: int, on_start: Callable[[], None]) -> Tiered:
    from ...value_model import Tiered, ValueModel

    return Tiered(ValueModel(seed=seed, on_start=on_start))


def _rungs(settings: Settings, domain: Domain) -> tuple[Tier, ...]:
    """The cheapest ranking tier, and those dearer ones of which the search affords a few."""
    seconds = settings.budget.slot_seconds_left({}, settings.slots) * (1 - settings.verify_share)
    ranking = [tier for tier in domain.tiers if tier.ranks]
    affordable = [tier for tier in ranking[1:] if MIN_DEAR_RUNS * tier.expected_s <= seconds]
    return (ranking[0], *affordable)

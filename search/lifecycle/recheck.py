"""Checking a claim again, later: other seeds, another tier, another reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...evaluators.domain import Domain
from ...evaluators.evaluate import find_tier
from ...evaluators.registry import load_domain
from ...harmless import shown
from ...memory import Memory, campaigns, candidates, evaluations
from ...memory.campaigns import Campaign, CampaignStatus, NewCampaign
from ...memory.evaluations import Purpose
from ..campaign.turns import Observer
from ..claims.comparison import Comparison
from ..claims.expected_score import in_search
from ..claims.verification import conclude, run_plan
from ..limits.stop import StopCondition
from ..limits.verification_plan import VerificationPlan
from ..setup.authors import CannotSearch
from ..setup.origin import Origin
from ..setup.own_programs import with_own_programs
from ..setup.references import named_references
from ..setup.settings import SEEDS, Settings
from ..setup.task_model import take_up
from .start import assemble, open_executor

FIRST_SEED = 2000
"""Above the seeds of search, calibration and a campaign's own verification."""
MAX_SEEDS = 10_000
ADOPTED = "import"
"""The author of candidates that came with another memory."""


def recheck(
    memory: Memory,
    ids: Sequence[str],
    reference: str,
    *,
    tier: str,
    seeds: int = 3,
    first_seed: int = FIRST_SEED,
    domain: str | None = None,
    slots: int = 2,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> list[Comparison]:
    """Compare candidates with a reference on fresh paired seeds, and store the claims; beside
    each, what the search had made of the candidate.

    The runs are charged to the newest campaign that proposed the first of `ids`, which this
    process takes over meanwhile; `domain` names its domain again (see setup/origin.py). What came
    with another memory is judged in a campaign of its own. Raises
    UnknownId, DomainError, CannotSearch, or CampaignBusy where another process runs the
    campaign, with one line for the user.
    """
    ids = list(dict.fromkeys(ids))
    proposed = [campaigns.get(memory, p.campaign) for p in candidates.proposals_of(memory, ids[0])]
    if not proposed:
        raise CannotSearch(f"{ids[0]} was proposed in no campaign")
    own = [campaign for campaign in proposed if not campaign.origin]
    stored = own[-1] if own else _as_ours(proposed[-1])
    _require_domain(memory, ids, stored.domain)
    origin = take_up(memory, stored, domain)
    settings = replace(
        Settings.from_dict(stored.config), domain=origin.spec, slots=slots, unsafe=False
    )
    judge = with_own_programs(load_domain(origin.spec), settings, memory)
    plan = _plan(memory, judge, ids, tier, first_seed, seeds)
    if reference not in judge.references:
        names = ", ".join(judge.references)
        raise CannotSearch(f"{judge.name} has no reference {shown(reference)}; it has {names}")
    with open_executor(settings, judge) as executor:
        campaign = assemble(stored.id, settings, judge, memory, executor, observers)
        if not own:  # only now, when nothing is refused any more
            _adopt(memory, stored, origin, ids)
        for candidate in named_references(judge).values():
            campaign.learner.know(candidate)
        for id_ in ids:
            campaign.learner.know(candidates.get(memory, id_))
        campaign.runner.take_over()
        try:
            run_plan(campaign, plan, reference, lambda: ids, stops)
            found = conclude(campaign, plan, reference, ids)
        finally:
            killed = stored.status is CampaignStatus.RUNNING
            campaign.end(CampaignStatus.STOPPED if killed else stored.status)
    return [replace(c, searched=in_search(memory, c.candidate_id, judge)) for c in found]


def _plan(
    memory: Memory, judge: Domain, ids: Sequence[str], name: str, first: int, count: int
) -> VerificationPlan:
    """`ids` at the tier called `name`, on `count` seeds from `first` on; raises CannotSearch, or
    DomainError, where a claim would rest on nothing, and where there would be too many runs."""
    tier = find_tier(judge, name)
    if not tier.ranks:
        ranking = ", ".join(tier.name for tier in judge.tiers if tier.ranks)
        raise CannotSearch(f"a score at {name} ranks nothing: expected --tier to be of {ranking}")
    if count > MAX_SEEDS:
        raise CannotSearch(f"--seeds is at most {MAX_SEEDS:,}; got {count:,}")
    if first + count not in SEEDS:
        raise CannotSearch(f"--first-seed leads beyond the numbers that memory keeps: {first}")
    seeds = range(first, first + count)
    for id_ in ids:
        for stored in evaluations.of_candidate(memory, id_, curves=False):
            run = stored.run
            if run.purpose is Purpose.SEARCH and run.tier == name and run.seed in seeds:
                raise CannotSearch(
                    f"the search chose {id_} by its score at {name} on seed {run.seed}: "
                    "--first-seed must lead past it"
                )
    return VerificationPlan(tier, len(ids), tuple(seeds))


def _require_domain(memory: Memory, ids: Sequence[str], domain: str) -> None:
    """Raises CannotSearch where one of `ids` is no candidate of the domain."""
    for id_ in ids:
        proposed = candidates.proposals_of(memory, id_)
        if all(campaigns.get(memory, p.campaign).domain != domain for p in proposed):
            raise CannotSearch(f"{id_} is no candidate of {domain}, as {ids[0]} is")


def _as_ours(theirs: Campaign) -> Campaign:
    """What a campaign of another memory would be here: no run of theirs counts in it."""
    return replace(
        theirs,
        id=campaigns.new_id(),
        definition=campaigns.definition_there(theirs),
        origin="",
        status=CampaignStatus.DONE,
    )


def _adopt(memory: Memory, campaign: Campaign, origin: Origin, ids: Sequence[str]) -> None:
    """Store a campaign that `_as_ours` made, for candidates of another memory."""
    new = NewCampaign(
        domain=campaign.domain,
        domain_spec=origin.spec,
        objective=campaign.objective,
        direction=campaign.direction,
        seed=campaign.seed,
        budget=campaign.budget,
        config=campaign.config,
        definition=origin.definition,
        seal=origin.seal,
    )
    with memory.transaction():
        campaigns.create(memory, new, campaign.id)
        for id_ in ids:
            candidates.propose(memory, campaign.id, candidates.get(memory, id_), author=ADOPTED)
        campaigns.set_status(memory, campaign.id, campaign.status)

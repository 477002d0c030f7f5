"""What a campaign knows when it begins or goes on: all of it comes from memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...evaluators.domain import Calibrated, Domain
from ...memory import Memory, campaigns, candidates, evaluations, events
from ...memory.candidates import Proposal
from ...memory.evaluations import Purpose, Run, StoredEvaluation
from ...memory.events import Event
from ...space import GATE, Evaluation, Level, Operator, Status
from ..campaign import expectations
from ..campaign.learner import Learner
from ..campaign.loop import Campaign
from ..campaign.proposer import SEARCH_SEED
from ..campaign.turns import Warned
from ..setup.references import named_references
from ..setup.settings import Settings
from ..strategies.contract import Intent

BEGUN = "begun"
"""The kind of the stored event that marks where a process began or went on."""

CLOSED = -1
"""No ticket has this number."""

Metrics = Mapping[str, float]


def restore(campaign: Campaign) -> None:
    """Bring the learner to where memory stands, and queue what is under way."""
    memory, learner = campaign.memory, campaign.learner
    domain, settings = campaign.domain, campaign.settings
    horizon = find_horizon(memory, campaign.id)
    _store_references(memory, campaign.id, domain, settings)
    definition = campaigns.get(memory, campaign.id).definition
    know_beforehand(learner, memory, domain, definition, settings, horizon)
    know_proposals(learner, list(candidates.proposals(memory, campaign.id)))
    results = deque(evaluations.of_campaign(memory, campaign.id))
    decided = events.read(memory, campaign.id, kind=expectations.DECIDED)
    relive(learner, results, decided, campaign.recall)
    for stored in results:
        campaign.recall(stored)
    if campaign.lead is not None:
        campaign.tell(campaign.lead)
    expectations.recall(learner, decided)
    tiers = [tier.name for tier in domain.tiers if tier.ranks]
    kinds = {"descriptors": [*domain.descriptors], "ranking": tiers}  # for whoever looks at it
    cut_off = [flight.run for flight in evaluations.in_flight(memory, campaign.id)]
    promoted = _promoted(learner, cut_off)
    pairs = [(run.candidate, run.tier) for run in promoted]
    rungs = [rung.name for rung in learner.rungs]  # budget and slots may change, and these with it
    begun = {"horizon": horizon, "after": campaign.landed, "promoted": pairs, "rungs": rungs}
    events.append(memory, campaign.id, BEGUN, begun | kinds)
    campaign.cut_off = frozenset(cut_off)
    for run in cut_off:
        campaign.tell(Warned(f"{run.candidate} {run.tier} was cut off: run again"))
    _queue_references(campaign)
    _queue_unfinished(campaign)
    note_promoted(learner, pairs)
    campaign.queue.extend(promoted)
    # First what had begun: nothing that had not takes its place in the budget.
    campaign.queue = deque(sorted(campaign.queue, key=lambda run: run not in campaign.cut_off))


def know_beforehand(
    learner: Learner[Any],
    memory: Memory,
    domain: Domain,
    definition: str,
    settings: Settings,
    horizon: int,
) -> None:
    """Tell `learner` what was known when the campaign began: references and earlier campaigns.

    `definition` is what scores of `domain` mean, and `horizon` the last evaluation that
    memory held at that moment.
    """
    shipped = _shipped(domain, settings)
    for name, candidate in named_references(domain).items():
        learner.know(candidate)
        for tier, by_name in shipped.items():
            learner.learn_reference(candidate, tier, by_name.get(name, {}))
    if not settings.fresh:
        _know_earlier_campaigns(learner, memory, domain, definition, horizon)


def know_proposals(learner: Learner[Any], proposals: Sequence[Proposal]) -> None:
    """Tell `learner` what the campaign proposed so far, so that it decides on from there."""
    for proposal in proposals:
        learner.know(proposal.candidate)
        if proposal.decision is not None:
            learner.decision = max(learner.decision, proposal.decision + 1)


def relive(
    learner: Learner[Any],
    results: deque[StoredEvaluation],
    decided: Sequence[Event],
    take: Callable[[StoredEvaluation], None],
) -> None:
    """Let `take` have `results` up to the last of the events `decided`.

    In between `learner` hears what those decisions found dry, when they found it.
    """
    for event in decided:
        while results and results[0].id <= event.data["after"]:
            take(results.popleft())
        learner.pass_over(_dry(event))


def note_promoted(learner: Learner[Any], pairs: Iterable[tuple[str, str]]) -> None:
    """Tell `learner` of candidates that were on their way to dearer tiers when a process began:
    pairs of a candidate and a tier."""
    for candidate, tier in pairs:
        learner.note_promoted(candidate, tier)


def _dry(event: Event) -> list[Intent]:
    """The intents that led to nothing new; no ticket of theirs is open any more."""
    return [
        Intent(
            CLOSED,
            Operator(stored["operator"]),
            stored["level"] and Level(stored["level"]),
            tuple(stored["parents"]),
        )
        for stored in event.data.get("dry", ())
    ]


def find_horizon(memory: Memory, campaign: str) -> int:
    """The last evaluation that memory held when the campaign first began."""
    begun = events.read(memory, campaign, kind=BEGUN, limit=1)
    if begun:
        horizon: int = begun[0].data["horizon"]
        return horizon
    last = memory.row("SELECT coalesce(max(id), 0) AS id FROM evaluations")
    return last["id"] if last else 0


def _shipped(domain: Domain, settings: Settings) -> dict[str, Mapping[str, Mapping[int, Metrics]]]:
    """What ships of the references' results: tier, name, seed."""
    if settings.measure_references or not isinstance(domain, Calibrated):
        return {}
    return {tier.name: domain.reference_metrics(tier.name) for tier in domain.tiers}


def _store_references(memory: Memory, campaign: str, domain: Domain, settings: Settings) -> None:
    """Enter the references and what ships of their results, charging nothing."""
    references = named_references(domain)
    with memory.transaction():
        for candidate in references.values():
            candidates.propose(memory, campaign, candidate, author="reference")
        for tier, by_name in _shipped(domain, settings).items():
            for name, by_seed in by_name.items():
                for seed, metrics in by_seed.items():
                    evaluations.finish(
                        memory,
                        campaign,
                        Evaluation(
                            references[name].id, tier, seed, Status.OK, "shipped", metrics=metrics
                        ),
                        purpose=Purpose.REFERENCE,
                        charged=False,
                    )


def _know_earlier_campaigns(
    learner: Learner[Any], memory: Memory, domain: Domain, definition: str, horizon: int
) -> None:
    """Start from what earlier campaigns on this domain learnt, and repeat none of it.

    Scores under another definition of the domain mean something else: they are left out.
    """
    for other in reversed(campaigns.all_campaigns(memory)):
        if (other.domain, other.definition) != (domain.name, definition):
            continue
        proposals = candidates.proposals(memory, other.id)
        known = {proposal.candidate.id: proposal.candidate for proposal in proposals}
        for stored in evaluations.of_campaign(memory, other.id):
            if stored.id <= horizon and stored.run.purpose is Purpose.SEARCH:
                learner.know(known[stored.run.candidate])
                learner.learn(stored.run.candidate, stored.evaluation)


def _queue_references(campaign: Campaign) -> None:
    """Queue the references that have no result yet, at the tier that ranks."""
    board = campaign.learner.scoreboard
    tier = board.ranking_tier.name
    stored = evaluations.of_campaign(campaign.memory, campaign.id)
    own = campaign.own_programs
    waiting = any(
        s.run.candidate not in own and campaign.reserve.postpones(s.run, s.evaluation)
        for s in stored
    )
    for candidate in campaign.domain.references.values():
        run = Run(campaign.id, candidate.id, tier, SEARCH_SEED, Purpose.REFERENCE)
        known = board.standing(candidate.id, tier) is not None
        known |= waiting and candidate.id not in own
        if not known and not evaluations.is_stored(campaign.memory, run):
            campaign.queue.append(run)


def _queue_unfinished(campaign: Campaign) -> None:
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


def _promoted(learner: Learner[Any], cut_off: Sequence[Run]) -> list[Run]:
    """Of the runs that a kill cut off, those at dearer tiers."""
    dearer = {tier.name for tier in learner.rungs[1:]}
    return [run for run in cut_off if run.purpose is Purpose.SEARCH and run.tier in dearer]

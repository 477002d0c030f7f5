"""Replay: make every decision and every run of a campaign again, and find where it differs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..agents.grammar_author import GrammarAuthor
from ..evaluators.domain import Domain
from ..evaluators.jobs import job
from ..evaluators.registry import load_domain
from ..memory import Memory, campaigns, candidates, evaluations, events
from ..memory.campaigns import Campaign
from ..memory.candidates import Proposal
from ..memory.evaluations import Purpose, StoredEvaluation
from ..memory.events import Event
from ..sandbox import Executor
from ..space import GATE, Evaluation
from . import screening
from .authors import CannotSearch
from .campaign import take_in
from .curves import stopper_again
from .learner import Learner
from .restore import BEGUN, find_horizon, know_beforehand, know_proposals, relive
from .screening import DECIDED
from .settings import Settings
from .start import make_learner
from .task_model import take_up


@dataclass(frozen=True)
class Divergence:
    """The first place where the replay differs from the record."""

    where: str
    recorded: str
    replayed: str

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded}, replayed {self.replayed}"


@dataclass(frozen=True)
class Replay:
    """How much was made again, and the first divergence, if any."""

    decisions: int
    runs: int
    divergence: Divergence | None


def replay(
    memory: Memory,
    campaign_id: str,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda line: None,
    domain: str | None = None,
) -> Replay:
    """Replay a campaign's decisions and, where there is an `executor`, its runs.

    `domain` names its domain again: see origin.py. Nothing is written. Raises UnknownId,
    DomainError or CannotSearch.
    """
    stored = campaigns.get(memory, campaign_id)
    settings = Settings.from_dict(stored.config)
    spec = take_up(memory, stored, domain).spec
    judge = load_domain(spec)
    if judge.space is None or settings.models:
        raise CannotSearch("only campaigns of the grammar author can be replayed as yet")
    decisions, divergence = _replay_decisions(memory, stored, settings, judge)
    runs = 0
    if divergence is None and executor is not None:
        for recorded in evaluations.of_campaign(memory, campaign_id):
            if recorded.charged:
                divergence = _rerun(memory, judge, spec, recorded, executor)
                runs += 1
                tell(f"{recorded.run.candidate} {recorded.run.tier} {recorded.run.seed}")
            if divergence is not None:
                break
    return Replay(decisions, runs, divergence)


def _replay_decisions(
    memory: Memory, stored: Campaign, settings: Settings, domain: Domain
) -> tuple[int, Divergence | None]:
    """Every process of the campaign began by rebuilding what it knew; so does the replay."""
    campaign_id = stored.id
    horizon = find_horizon(memory, campaign_id)
    proposals = list(candidates.proposals(memory, campaign_id))
    results = list(evaluations.of_campaign(memory, campaign_id))
    assert domain.space is not None  # held by replay
    author = GrammarAuthor(domain.space)
    count, learner, pending = 0, None, deque(results)
    decided: list[Event] = []
    for event in events.read(memory, campaign_id):
        if event.kind == BEGUN:
            learner = make_learner(settings, domain, author)
            know_beforehand(learner, memory, domain, stored.definition, settings, horizon)
            know_proposals(learner, _before(proposals, event, memory, campaign_id))
            pending = deque(results)
            relive(learner, pending, decided, partial(_take, learner))
        elif event.kind != DECIDED or learner is None:
            continue
        while pending and pending[0].id <= event.data["after"]:
            _take(learner, pending.popleft())
        if event.kind == DECIDED:
            decided.append(event)
            divergence = _decide_again(learner, event)
            if divergence is not None:
                return count, divergence
            count += 1
        else:
            screening.recall(learner, decided)
    return count, None


def _before(
    proposals: list[Proposal], begun: Event, memory: Memory, campaign_id: str
) -> list[Proposal]:
    """The proposals that stood in memory when a process began."""
    decided = events.read(memory, campaign_id, kind=DECIDED)
    later = {e.data["decision"] for e in decided if e.sequence > begun.sequence}
    return [p for p in proposals if p.decision is None or p.decision not in later]


def _take(learner: Learner[Any], stored: StoredEvaluation) -> None:
    if stored.charged:
        take_in(learner, stored.run, stored.evaluation)


def _decide_again(learner: Learner[Any], event: Event) -> Divergence | None:
    recorded = event.data
    where = f"event {event.sequence}"
    promotion = learner.promote()
    if promotion is not None:
        replayed = f"{promotion[0]} promoted to {promotion[1].name}"
    else:
        proposal = learner.propose()
        replayed = f"{proposal.candidate.id} proposed" if proposal else "nothing new"
    promoted = f"{recorded['candidate']} promoted to {recorded['tier']}"
    expected = f"{recorded['candidate']} proposed" if recorded["tier"] == GATE else promoted
    return None if replayed == expected else Divergence(where, expected, replayed)


def _rerun(
    memory: Memory, domain: Domain, spec: str, recorded: StoredEvaluation, executor: Executor
) -> Divergence | None:
    """Run one run again and compare its outcome, bit for bit."""
    run = recorded.run
    candidate = candidates.get(memory, run.candidate, campaign=run.campaign)
    final = run.purpose is Purpose.VERIFY
    watch = stopper_again(domain, recorded.evaluation)
    executor.submit(job("again", spec, candidate, run.tier, run.seed, final=final, watch=watch))
    completion = executor.next()
    assert completion is not None  # one job was in flight
    where = f"{run.candidate} at {run.tier}, seed {run.seed}"
    if completion.error is not None:
        return Divergence(where, recorded.evaluation.status, str(completion.error))
    ours, theirs = _outcome(domain, recorded.evaluation), _outcome(domain, completion.value)
    return None if ours == theirs else Divergence(where, ours, theirs)


def _outcome(domain: Domain, evaluation: Evaluation) -> str:
    """Status and objectives: what must be the same. A gate's timings may differ."""
    if evaluation.tier == GATE:
        return evaluation.status
    figures = [f"{o.name}={evaluation.metrics.get(o.name)!r}" for o in domain.objectives]
    return " ".join([evaluation.status, *figures])

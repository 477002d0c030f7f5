"""Replay: make every decision and every run of a campaign again, and find where it differs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...agents.llm.recording import Recording
from ...evaluators.domain import Domain
from ...evaluators.evaluate import find_tier
from ...evaluators.jobs import job
from ...evaluators.registry import load_domain
from ...evaluators.sampling import bounds_again
from ...memory import Memory, calls, campaigns, candidates, evaluations, events
from ...memory.campaigns import Campaign
from ...memory.candidates import Proposal
from ...memory.evaluations import Purpose, StoredEvaluation
from ...memory.events import Event
from ...sandbox import Executor
from ...space import GATE, Evaluation
from ..campaign import expectations
from ..campaign.expectations import DECIDED
from ..campaign.learner import Learner
from ..campaign.loop import take_in
from ..setup.own_programs import with_own_programs
from ..setup.settings import Settings
from ..setup.task_model import take_up
from ..tiers.curves import stopper_again
from .replay_stage import Stage, stage_for
from .restore import BEGUN, find_horizon, know_beforehand, know_proposals, note_promoted, relive
from .start import make_learner, open_executor


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
    *,
    runs: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    domain: str | None = None,
) -> Replay:
    """Replay a campaign's decisions and, with `runs`, its runs.

    Language models are not asked: they say what they said. `domain` names its domain again:
    see setup/origin.py. Nothing is written to `memory`. Raises UnknownId, DomainError, CannotSearch
    or SandboxUnavailable.
    """
    stored = campaigns.get(memory, campaign_id)
    settings = replace(Settings.from_dict(stored.config), unsafe=False)
    recording = Recording.of(calls.of_campaign(memory, campaign_id))
    spec = take_up(memory, stored, domain, recording).spec
    judge = with_own_programs(load_domain(spec), settings, memory)
    with stage_for(memory, stored, settings, judge, recording) as stage:
        decisions, divergence = _replay_decisions(memory, stored, settings, judge, stage)
    if divergence is not None or not runs:
        return Replay(decisions, 0, divergence)
    tell(f"{decisions} decisions are as recorded; now the runs")
    with open_executor(settings, judge) as executor:
        count, divergence = _rerun_all(memory, judge, spec, campaign_id, executor, tell)
    return Replay(decisions, count, divergence)


def _replay_decisions(
    memory: Memory, stored: Campaign, settings: Settings, domain: Domain, stage: Stage
) -> tuple[int, Divergence | None]:
    """Every process of the campaign began by rebuilding what it knew; so does the replay."""
    horizon = find_horizon(memory, stored.id)
    proposals = list(candidates.proposals(memory, stored.id))
    results = list(evaluations.of_campaign(memory, stored.id))
    log = [e for e in events.read(memory, stored.id) if e.kind in (BEGUN, DECIDED)]
    learner: Learner[Any] | None = None
    decided: list[Event] = []
    pending = deque(results)
    for event in log:
        if learner is not None:
            _land(learner, stage, pending, event)
        if event.kind == BEGUN:
            rungs = event.data.get("rungs")  # older memories do not tell
            learner = make_learner(settings, domain, stage.begin(event), rungs=rungs)
            know_beforehand(learner, memory, domain, stored.definition, settings, horizon)
            know_proposals(learner, _before(proposals, event, log))
            pending = deque(results)
            relive(learner, pending, decided, partial(_take, learner))
            while pending and pending[0].id <= event.data["after"]:
                _take(learner, pending.popleft())
            expectations.recall(learner, decided)
            note_promoted(learner, event.data.get("promoted", ()))
        elif learner is not None:
            decided.append(event)
            divergence = _decide_again(learner, stage, event)
            if divergence is not None:
                return len(decided) - 1, divergence
    return len(decided), None


def _before(proposals: Sequence[Proposal], begun: Event, log: Sequence[Event]) -> list[Proposal]:
    """The proposals that stood in memory when a process began."""
    later = {
        event.data["decision"]
        for event in log
        if event.kind == DECIDED and event.sequence > begun.sequence
    }
    return [p for p in proposals if p.decision is None or p.decision not in later]


def _land(
    learner: Learner[Any], stage: Stage, pending: deque[StoredEvaluation], event: Event
) -> None:
    """Let everybody know of the runs that had ended before `event`."""
    while pending and pending[0].id <= event.data["after"]:
        stored = pending.popleft()
        _take(learner, stored)
        if stored.charged:
            stage.landed(learner, stored)


def _take(learner: Learner[Any], stored: StoredEvaluation) -> None:
    if stored.charged:
        take_in(learner, stored.run, stored.evaluation)


def _decide_again(learner: Learner[Any], stage: Stage, event: Event) -> Divergence | None:
    recorded = event.data
    promotion = learner.promote()
    if promotion is not None:
        id_, decision = promotion[0], None
        replayed = f"{id_} promoted to {promotion[1].name}"
    else:
        proposal = learner.propose()
        id_, decision = (proposal.candidate.id, proposal.decision) if proposal else ("", None)
        replayed = f"{id_} proposed" if proposal else "nothing new"
    promoted = f"{recorded['candidate']} promoted to {recorded['tier']}"
    expected = f"{recorded['candidate']} proposed" if recorded["tier"] == GATE else promoted
    if replayed != expected:
        said = f" ({stage.last_word})" if stage.last_word else ""
        return Divergence(f"event {event.sequence}", expected, replayed + said)
    stage.decided(learner.pool[id_], decision)
    return None


def _rerun_all(
    memory: Memory,
    domain: Domain,
    spec: str,
    campaign: str,
    executor: Executor,
    tell: Callable[[str], None],
) -> tuple[int, Divergence | None]:
    """Run again what was run, up to the first difference; how many runs that were."""
    count = 0
    for recorded in evaluations.of_campaign(memory, campaign):
        if recorded.charged:
            run = recorded.run
            divergence = _rerun(memory, domain, spec, recorded, executor)
            count += 1
            tell(f"{run.candidate} {run.tier}, seed {run.seed}: run again")
            if divergence is not None:
                return count, divergence
    return count, None


def _rerun(
    memory: Memory, domain: Domain, spec: str, recorded: StoredEvaluation, executor: Executor
) -> Divergence | None:
    """Run one run again and compare its outcome, bit for bit."""
    run = recorded.run
    candidate = candidates.get(memory, run.candidate, campaign=run.campaign)
    final = run.purpose is Purpose.VERIFY
    watch = stopper_again(domain, recorded.evaluation)
    bounds = bounds_again(recorded.evaluation)
    executor.submit(
        job("again", spec, candidate, run.tier, run.seed, final=final, watch=watch, bounds=bounds)
    )
    completion = executor.next()
    assert completion is not None  # one job was in flight
    where = f"{run.candidate} at {run.tier}, seed {run.seed}"
    if completion.error is not None:
        return Divergence(where, recorded.evaluation.status, str(completion.error))
    ours, theirs = _outcome(domain, recorded.evaluation), _outcome(domain, completion.value)
    return None if ours == theirs else Divergence(where, ours, theirs)


def _outcome(domain: Domain, evaluation: Evaluation) -> str:
    """Status, objectives and what the tier decides by: what must be the same. What the clock
    measured may differ."""
    if evaluation.tier == GATE:
        return evaluation.status
    decides = find_tier(domain, evaluation.tier).decides
    metrics = [*domain.objectives, *([decides] if decides else [])]
    timed = {metric.name for metric in metrics if metric.timed}
    names = dict.fromkeys(metric.name for metric in metrics if metric.name not in timed)
    figures = [f"{name}={evaluation.metrics.get(name)!r}" for name in names]
    return " ".join([evaluation.status, *figures])

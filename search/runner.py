"""Runs: sent to the executor, landed in memory, charged once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from ..evaluators.evaluate import check, evaluate
from ..memory import Memory, campaigns, evaluations, ledger
from ..memory.evaluations import Run
from ..sandbox import Completion, Executor, Job, Limits
from ..space import GATE, Candidate, Evaluation, Status
from .authors import LEDGER_UNITS
from .budget import Unit


@dataclass(frozen=True)
class Landed:
    """A run that ended, with its number in memory and what it showed."""

    number: int
    run: Run
    evaluation: Evaluation


@dataclass
class _Flight:
    run: Run
    candidate: Candidate
    limits: Limits
    started: float


@dataclass
class Runner:
    """Sends runs of one campaign to `executor`; the only writer of its evaluations.

    `spent` is the campaign's ledger by unit, kept in step with memory.
    `limits` gives the limits of a tier by name, GATE among them.
    """

    memory: Memory
    campaign: str
    domain_spec: str
    limits: Mapping[str, Limits]
    executor: Executor
    _flights: dict[str, _Flight] = field(default_factory=dict)

    def __post_init__(self) -> None:
        amounts = ledger.spent(self.memory, self.campaign)
        self.spent = {unit: amounts.get(unit.value, 0.0) for unit in Unit}

    @property
    def busy(self) -> int:
        """How many runs are in flight."""
        return len(self._flights)

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self.busy < self.executor.slots

    def submit(self, run: Run, candidate: Candidate) -> None:
        """Note in memory that `run` starts, and send it."""
        evaluations.begin(self.memory, run)
        flight = _Flight(run, candidate, self.limits[run.tier], time.monotonic())
        self._flights[_job_id(run)] = flight
        self._send(flight)

    def wait(self, timeout: float) -> Landed | None:
        """The next run to end, stored and charged; None where none ends within `timeout`."""
        completion = self.executor.next(timeout)
        if completion is None:
            return None
        flight = self._flights.pop(completion.job_id)
        evaluation = _evaluation(flight.run, completion)
        purpose = flight.run.purpose
        number = evaluations.finish(self.memory, self.campaign, evaluation, purpose=purpose)
        for name, amount in ledger.costs(evaluation).items():
            if name in self.spent:
                self.spent[Unit(name)] += amount
        return Landed(number or 0, flight.run, evaluation)

    def reserved(self) -> dict[Unit, float]:
        """What the runs in flight may still cost at most, by unit."""
        return {
            Unit.DEVICE: sum(flight.limits.wall_s for flight in self._flights.values()),
            Unit.EVALUATIONS: sum(f.run.tier != GATE for f in self._flights.values()),
        }

    def beat(self, wall_s: float) -> None:
        """Say in memory that the campaign lives, `wall_s` seconds after the last time."""
        campaigns.beat(self.memory, self.campaign, wall_s)
        self.spent[Unit.WALL] += wall_s

    def note_calls(self) -> None:
        """Take in what the author's language models spent; they keep the ledger themselves."""
        amounts = ledger.spent(self.memory, self.campaign)
        self.spent |= {unit: amounts.get(unit.value, 0.0) for unit in LEDGER_UNITS}

    def _send(self, flight: _Flight) -> None:
        run = flight.run
        if run.tier == GATE:
            work = partial(check, self.domain_spec, flight.candidate)
        else:
            work = partial(evaluate, self.domain_spec, flight.candidate, run.tier, run.seed)
        self.executor.submit(Job(_job_id(run), work, flight.limits))


def _job_id(run: Run) -> str:
    return f"{run.candidate}:{run.tier}:{run.seed}:{run.purpose}"


def _evaluation(run: Run, completion: Completion) -> Evaluation:
    """What `completion` says of `run`; an error in trusted code fails the run by name."""
    if completion.error is None:
        evaluation: Evaluation = completion.value
        return replace(evaluation, device_s=completion.device_s)
    error = completion.error
    return Evaluation(
        run.candidate,
        run.tier,
        run.seed,
        Status.FAILED,
        f"not the candidate's doing: {type(error).__name__}: {error}",
        wall_s=completion.usage.wall_s,
        cpu_s=completion.usage.cpu_s,
        device_s=completion.device_s,
        isolation=completion.isolation,
    )

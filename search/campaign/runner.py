"""Runs: sent to the executor, landed in memory, charged once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from ...evaluators.jobs import job, limits_of
from ...evaluators.sampling import Bounds
from ...evaluators.stopping import Watch
from ...memory import Memory, campaigns, evaluations, ledger
from ...memory.evaluations import Purpose, Run
from ...sandbox import Completion, Executor, Job
from ...space import GATE, Candidate, Evaluation, Status
from ..limits.budget import Unit
from ..setup.authors import LEDGER_UNITS


@dataclass(frozen=True)
class Landed:
    """A run that ended, with its number in memory and what it showed."""

    number: int
    run: Run
    evaluation: Evaluation


@dataclass
class _Flight:
    run: Run
    job: Job
    started: float


@dataclass
class Runner:
    """Sends runs of one campaign to `executor`; the only writer of its evaluations.

    `spent` is the campaign's ledger by unit, kept in step with memory.
    """

    memory: Memory
    campaign: str
    domain_spec: str
    executor: Executor
    _flights: dict[str, _Flight] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spent = spent_of(self.memory, self.campaign)
        self._last_beat = time.monotonic()

    @property
    def busy(self) -> int:
        """How many runs are in flight."""
        return len(self._flights)

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self.busy < self.executor.slots

    def submit(
        self,
        run: Run,
        candidate: Candidate,
        watch: Watch | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Note in memory that `run` starts, and send it; `watch` and `bounds` may end it."""
        evaluations.begin(self.memory, run)
        final = run.purpose is Purpose.VERIFY
        id_, spec = _job_id(run), self.domain_spec
        work = job(
            id_, spec, candidate, run.tier, run.seed, final=final, watch=watch, bounds=bounds
        )
        self._flights[work.id] = _Flight(run, work, time.monotonic())
        self.executor.submit(work)

    def wait(self, timeout: float) -> Landed | None:
        """The next run to end, stored and charged; None where none ends within `timeout`."""
        completion = self.executor.next(timeout)
        if completion is None:
            return None
        flight = self._flights.pop(completion.job_id)
        evaluation = judged(flight.run.candidate, flight.run.tier, completion, flight.run.seed)
        purpose = flight.run.purpose
        number = evaluations.finish(self.memory, self.campaign, evaluation, purpose=purpose)
        for name, amount in ledger.costs(evaluation).items():
            if name in self.spent:
                self.spent[Unit(name)] += amount
        return Landed(number or 0, flight.run, evaluation)

    def adopt(self, run: Run, evaluation: Evaluation) -> Landed:
        """Land a run that was made before, on a draft, and was paid for then."""
        free = replace(evaluation, wall_s=0.0, cpu_s=0.0, device_s=0.0)
        number = evaluations.finish(self.memory, self.campaign, free, purpose=run.purpose)
        return Landed(number or 0, run, free)

    def take_over(self) -> None:
        """Make this process the one that runs the campaign, and charge for what it cut off when
        another was killed: both or neither, since this process's heartbeats replace that one's.

        Raises as `campaigns.take_over`.
        """
        with self.memory.transaction():
            last_sign = campaigns.get(self.memory, self.campaign).heartbeat
            campaigns.take_over(self.memory, self.campaign)
            self._charge_cut_off(last_sign)

    def reserved(self) -> dict[Unit, float]:
        """What the runs in flight may still cost at most, by unit."""
        flights = self._flights.values()
        return {
            Unit.DEVICE: sum(flight.job.limits.wall_s for flight in flights),
            Unit.CPU: sum(flight.job.limits.cpu_s for flight in flights),
            Unit.EVALUATIONS: sum(flight.run.tier != GATE for flight in flights),
        }

    def spent_by_now(self) -> dict[Unit, float]:
        """The ledger with the seconds that passed since the last heartbeat."""
        unbeaten = time.monotonic() - self._last_beat
        return self.spent | {Unit.WALL: self.spent[Unit.WALL] + unbeaten}

    def beat(self, every: float = 0.0) -> None:
        """Say in memory that the campaign lives, at most once in `every` seconds."""
        passed = time.monotonic() - self._last_beat
        if passed >= every:
            campaigns.beat(self.memory, self.campaign, passed)
            self.spent[Unit.WALL] += passed
            self._last_beat += passed

    def note_author(self) -> None:
        """Take in what the author spent on models and drafts; it keeps the ledger itself."""
        amounts = ledger.spent(self.memory, self.campaign)
        ours = (*LEDGER_UNITS, Unit.DEVICE, Unit.CPU)
        self.spent |= {unit: amounts.get(unit.value, 0.0) for unit in ours}

    def _charge_cut_off(self, last_sign: float) -> None:
        """Charge, once, for the slots that runs held when their process was killed, and for as much
        of a CPU as they may use, since nobody counted it.

        `last_sign` is that process's last heartbeat, in seconds since 1970. No run held its
        slot for longer than its limit, whatever the machine's clock did.
        """
        for flight in evaluations.in_flight(self.memory, self.campaign):
            run = flight.run
            limits = limits_of(self.domain_spec, run.tier)
            held = min(max(0.0, last_sign - flight.started), limits.wall_s)
            amounts = {Unit.DEVICE: held, Unit.CPU: min(held, limits.cpu_s)}
            note = f"cut off: {run.candidate} {run.tier} {run.seed} {run.purpose}"
            paid = ledger.charge_once(
                self.memory,
                self.campaign,
                {unit.value: amount for unit, amount in amounts.items()},
                note=f"{note}, attempt {flight.attempt}",
            )
            for unit, amount in amounts.items():
                self.spent[unit] += amount if paid else 0.0


def spent_of(memory: Memory, campaign: str) -> dict[Unit, float]:
    """What a campaign spent so far, by unit."""
    amounts = ledger.spent(memory, campaign)
    return {unit: amounts.get(unit.value, 0.0) for unit in Unit}


def _job_id(run: Run) -> str:
    return f"{run.candidate}:{run.tier}:{run.seed}:{run.purpose}"


def judged(candidate: str, tier: str, completion: Completion, seed: int = 0) -> Evaluation:
    """What `completion` says of a run; an error in trusted code fails the run by name."""
    if completion.error is None:
        evaluation: Evaluation = completion.value
        return replace(evaluation, device_s=completion.device_s)
    error = completion.error
    return Evaluation(
        candidate,
        tier,
        seed,
        Status.FAILED,
        f"not the candidate's doing: {type(error).__name__}: {error}",
        wall_s=completion.usage.wall_s,
        cpu_s=completion.usage.cpu_s,
        device_s=completion.device_s,
        isolation=completion.isolation,
    )

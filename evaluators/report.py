"""All that is known of one program: its gates, and a tier over several seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..sandbox import Completion, Executor, Job
from ..space import GATE, Candidate, Evaluation, Status
from .jobs import job
from .slots import work_off


@dataclass(frozen=True)
class Report:
    """What the runs of one program showed together.

    `metrics` holds the values of each metric over the seeds that ended well, `cost` the
    seconds of all runs, the gates' included; `runs` are those at `tier`, by seed.
    """

    id: str
    tier: str
    status: Status
    reason: str
    metrics: Mapping[str, Sequence[float]]
    cost: Mapping[str, float]
    isolation: str
    runs: Sequence[Evaluation]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "id": self.id,
            "tier": self.tier,
            "seeds": [run.seed for run in self.runs],
            "status": self.status.value,
            "reason": self.reason,
            "metrics": {
                name: {
                    "median": median(values),
                    "low": min(values),
                    "high": max(values),
                    "values": list(values),
                }
                for name, values in self.metrics.items()
            },
            "cost": dict(self.cost),
            "isolation": self.isolation,
        }


def judge(
    domain: str,
    candidate: Candidate,
    tier: str,
    seeds: Sequence[int],
    executor: Executor,
    tell: Callable[[str], None] = lambda line: None,
) -> Report:
    """Put `candidate` through the gates and, unless `tier` is GATE, run it with each seed.

    `tell` hears what is being done, each time that changes.
    `executor` must be idle. A run that did not end well keeps the others' figures and gives
    the whole its status and reason. Raises DomainError for an unknown domain or tier.
    """
    jobs = [job(f"seed {seed}", domain, candidate, tier, seed) for seed in seeds]
    runs = _run(executor, [job(GATE, domain, candidate, GATE)], "gates", tell)
    if tier != GATE and runs[0].status is Status.OK:
        runs += _run(executor, jobs, tier, tell)
    return _report(candidate, tier, runs)


def _run(
    executor: Executor, jobs: Sequence[Job], name: str, tell: Callable[[str], None]
) -> list[Evaluation]:
    """The evaluations of `jobs`, in their order, once all have ended.

    Raises the first error that was not a candidate's.
    """
    found: dict[str, Completion] = {}
    tell(f"{name}: 0 of {len(jobs)} ended")
    for completion in work_off(executor, jobs):
        found[completion.job_id] = completion
        tell(f"{name}: {len(found)} of {len(jobs)} ended")
    for completion in found.values():
        if completion.error is not None:
            raise completion.error
    return [found[each.id].value for each in jobs]


def _report(candidate: Candidate, tier: str, every: Sequence[Evaluation]) -> Report:
    worst = next((run for run in every if run.status is not Status.OK), every[-1])
    runs = [run for run in every if run.tier == tier]
    good = [run for run in runs if run.status is Status.OK]
    names = dict.fromkeys(name for run in good for name in run.metrics)
    return Report(
        id=candidate.id,
        tier=tier,
        status=worst.status,
        reason=worst.reason,
        metrics={
            name: [run.metrics[name] for run in good if name in run.metrics] for name in names
        },
        cost={
            "wall_s": sum(run.wall_s for run in every),
            "cpu_s": sum(run.cpu_s for run in every),
        },
        isolation=every[-1].isolation,
        runs=runs,
    )

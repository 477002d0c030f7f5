"""One program judged by a domain, outside any campaign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from ..evaluators.domain import Domain
from ..evaluators.evaluate import check, evaluate, find_tier
from ..evaluators.report import GATE_LIMITS
from ..sandbox import Completion, Job, LocalExecutor
from ..space import GATE, Candidate, Evaluation, Status
from .text import duration, plain


@dataclass(frozen=True)
class Verdict:
    """What the runs of one program showed together.

    `metrics` holds the values of each metric over the seeds that ended well, and
    `cost` the seconds of all runs, the gates' included.
    """

    id: str
    tier: str
    seeds: Sequence[int]
    status: Status
    reason: str
    metrics: dict[str, list[float]]
    cost: dict[str, float]
    isolation: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "id": self.id,
            "tier": self.tier,
            "seeds": list(self.seeds),
            "status": self.status.value,
            "reason": self.reason,
            "metrics": {
                name: {
                    "median": median(values),
                    "low": min(values),
                    "high": max(values),
                    "values": values,
                }
                for name, values in self.metrics.items()
            },
            "cost": self.cost,
            "isolation": self.isolation,
        }


@dataclass(frozen=True)
class Judge:
    """Runs programs for `domain`, which `spec` names, in `slots` at a time."""

    spec: str
    domain: Domain
    slots: int
    min_isolation: str | None
    unsafe: bool

    def run(self, candidate: Candidate, tier: str, seeds: Sequence[int]) -> Verdict:
        """The gates, then `tier` with every seed; stops at gates that reject.

        Raises DomainError for an unknown tier, SandboxUnavailable.
        """
        limits = GATE_LIMITS if tier == GATE else find_tier(self.domain, tier).limits
        executor = LocalExecutor(
            self.slots,
            preload=getattr(self.domain, "preload", ()),
            min_isolation=self.min_isolation or "S1",
            unsafe=self.unsafe,
        )
        try:
            runs = _all(executor, [Job(GATE, partial(check, self.spec, candidate), GATE_LIMITS)])
            if tier != GATE and runs[0].status is Status.OK:
                work = partial(evaluate, self.spec, candidate, tier)
                jobs = [Job(f"{tier}:{n}", partial(work, n), limits) for n in seeds]
                runs += _all(executor, jobs)
        finally:
            executor.close()
        return _verdict(candidate, tier, runs)


def describe(verdict: Verdict) -> str:
    """The verdict in words."""
    return "\n".join(_lines(verdict))


def _all(executor: LocalExecutor, jobs: Sequence[Job]) -> list[Evaluation]:
    """Run `jobs`; their evaluations in order. An error in trusted code is raised."""
    for job in jobs:
        executor.submit(job)
    done: dict[str, Completion] = {}
    while (completion := executor.next()) is not None:
        if completion.error is not None:
            raise completion.error
        done[completion.job_id] = completion
    return [done[job.id].value for job in jobs]


def _verdict(candidate: Candidate, tier: str, runs: Sequence[Evaluation]) -> Verdict:
    failed = next((run for run in runs if run.status is not Status.OK), None)
    asked = [run for run in runs if run.tier == tier]
    metrics: dict[str, list[float]] = defaultdict(list)
    for run in asked:
        for name, value in run.metrics.items():
            metrics[name].append(value)
    return Verdict(
        id=candidate.id,
        tier=tier,
        seeds=[run.seed for run in asked],
        status=failed.status if failed else Status.OK,
        reason=failed.reason if failed else "",
        metrics=dict(metrics),
        cost={
            "wall_s": sum(run.wall_s for run in runs),
            "cpu_s": sum(run.cpu_s for run in runs),
        },
        isolation=runs[-1].isolation,
    )


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.id}  {verdict.tier}: {verdict.status}"
    width = max((len(plain(name)) for name in verdict.metrics), default=0)
    for name, values in verdict.metrics.items():
        spread = f"  [{min(values):.6g}, {max(values):.6g}]" if len(values) > 1 else ""
        yield f"  {plain(name):<{width}}  {median(values):.6g}{spread}"
    seeds = f"{len(verdict.seeds)} seed{'s' * (len(verdict.seeds) != 1)}"
    cost = f"{duration(verdict.cost['cpu_s'])} of CPU, {duration(verdict.cost['wall_s'])} of wall"
    yield f"  {seeds}, {cost}, isolation {verdict.isolation}"

"""All that is known of one source file: its gates, and a tier over several seeds."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Sequence
from typing import Any

from ..sandbox import Completion, Executor, Job, Limits
from ..space import Candidate, Evaluation, Status
from .evaluate import check, evaluate, find_tier
from .registry import load_domain

GATE_LIMITS = Limits(wall_s=120, cpu_s=60)


def evaluate_source(
    domain: str, source: str, tier: str, seeds: Sequence[int], executor: Executor, name: str = ""
) -> dict[str, Any]:
    """Gate `source`, run it at `tier` with each seed, and say what came out, ready for JSON.

    `executor` must be idle. A run that did not end well keeps the others' figures and gives
    the whole its status and reason. Raises DomainError for an unknown domain or tier.
    """
    chosen = find_tier(load_domain(domain), tier)
    try:
        candidate = Candidate.from_source(source, name=name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        reason = f"source: {f'line {line}: ' if line else ''}not Python: {error}"
        failed = Evaluation("", tier, 0, Status.REJECTED, reason)
        return _summary(domain, tier, "", name, [failed], [])
    gated = _run(executor, [Job("gate", functools.partial(check, domain, candidate), GATE_LIMITS)])
    if gated[0].status is not Status.OK:
        return _summary(domain, tier, candidate.id, name, gated, [])
    jobs = [
        Job(f"seed {s}", functools.partial(evaluate, domain, candidate, tier, s), chosen.limits)
        for s in seeds
    ]
    return _summary(domain, tier, candidate.id, name, gated, _run(executor, jobs))


def _run(executor: Executor, jobs: Sequence[Job]) -> list[Evaluation]:
    """The evaluations of `jobs`, in their order, once all have ended.

    Raises the first error that was not a candidate's.
    """
    for job in jobs:
        executor.submit(job)
    found: dict[str, Completion] = {}
    for _ in jobs:
        completion = executor.next()
        if completion is None:
            raise RuntimeError("the executor lost a job")
        found[completion.job_id] = completion
    for completion in found.values():
        if completion.error is not None:
            raise completion.error
    return [found[job.id].value for job in jobs]


def _summary(
    domain: str,
    tier: str,
    candidate_id: str,
    name: str,
    gated: Sequence[Evaluation],
    runs: Sequence[Evaluation],
) -> dict[str, Any]:
    every = [*gated, *runs]
    worst = next((run for run in every if run.status is not Status.OK), every[0])
    good = [run for run in runs if run.status is Status.OK]
    names = sorted({metric for run in good for metric in run.metrics})
    return {
        "id": candidate_id,
        "name": name,
        "domain": domain,
        "tier": tier,
        "status": str(worst.status),
        "reason": worst.reason,
        "metrics": {metric: _spread([run.metrics[metric] for run in good]) for metric in names},
        "gate": dict(gated[0].metrics),
        "cost": {
            "cpu_s": sum(run.cpu_s for run in every),
            "wall_s": sum(run.wall_s for run in every),
        },
        "isolation": worst.isolation,
        "runs": [
            {"seed": run.seed, "status": str(run.status), "reason": run.reason, "cpu_s": run.cpu_s}
            for run in runs
        ],
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    std = statistics.stdev(values) if len(values) > 1 else None
    return {"median": statistics.median(values), "std": std, "values": list(values)}

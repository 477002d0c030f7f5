"""A memory whose every text would like to act in a browser."""

from __future__ import annotations

import math
from pathlib import Path

from discover.memory import (
    calls,
    campaigns,
    candidates,
    claims,
    evaluations,
    insights,
    knowledge,
    open_memory,
    predictions,
)
from discover.memory.campaigns import NewCampaign
from discover.memory.evaluations import Run
from discover.space import Candidate, Evaluation, Level, Status

EVIL = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    "\"'><svg/onload=window.hacked=1>{{ 'run'~'away' }}<!-- <b>bold</b> javascript:window.hacked=1"
)
"""No quote ends a Python string of three double ones."""


def program(n: int, **fields) -> Candidate:
    return Candidate.from_source(f'def f():\n    """{EVIL}"""\n    return {n}\n', **fields)


def fill(path: Path) -> dict[str, str]:
    """Write the memory; the ids of its campaign and of a few candidates."""
    with open_memory(path) as memory:
        new = NewCampaign(EVIL, EVIL, EVIL, "max", 7, "1h,100evals", {"slots": 2})
        campaign = campaigns.create(memory, new).id
        reference = program(0, name=f"reference {EVIL}", idea=EVIL)
        candidates.propose(memory, campaign, reference, author="reference")
        made = [reference]
        for n in range(1, 13):
            child = program(
                n, name=EVIL if n == 2 else "", idea=f"{n} {EVIL}", operator=EVIL,
                parents=tuple(c.id for c in made[-2 if n == 5 else -1 :]), level=list(Level)[n % 3],
            )  # fmt: skip
            candidates.propose(memory, campaign, child, author=EVIL, decision=n)
            predictions.add(
                memory, predictions.StoredPrediction(campaign, child.id, "quick", EVIL, 0.5, 0.1)
            )
            made.append(child)
        for n, candidate in enumerate(made):
            evaluations.finish(memory, campaign, ran(candidate.id, 0, 0.3 + 0.05 * n))
        failed = Evaluation(
            made[3].id, EVIL, 0, Status.FAILED, EVIL, cpu_s=0.5, device_s=0.5, notes={EVIL: EVIL}
        )
        evaluations.finish(memory, campaign, failed)
        evaluations.begin(memory, Run(campaign, made[4].id, EVIL, 1))
        insights.add(memory, insights.Insight(campaign, EVIL, EVIL, EVIL, candidate=made[5].id))
        knowledge.add(memory, knowledge.Knowledge(EVIL, EVIL, EVIL, EVIL, EVIL, EVIL))
        calls.record(memory, calls.Call(campaign, EVIL, EVIL, {"m": EVIL}, EVIL, EVIL, 10, 5, 0.25))
        claims.add(memory, claims.Claim(
            campaign, made[5].id, EVIL, reference.id, EVIL, (1, 2, 3), 0.1, 0.05, 0.2, 0.95, 1,
            EVIL, True,
        ))  # fmt: skip
        campaigns.beat(memory, campaign, 12.5)
    return {
        "campaign": campaign, "first": reference.id, "second": made[2].id, "merged": made[5].id,
        "failed": made[3].id,
    }  # fmt: skip


def ran(candidate: str, seed: int, score: float) -> Evaluation:
    curve = [math.exp(-step / 10) for step in range(40)]
    return Evaluation(
        candidate, "quick", seed, Status.OK, metrics={EVIL: score, "size": 3.0},
        curves={EVIL: curve}, wall_s=1.0, cpu_s=2.0, device_s=1.5, isolation=EVIL,
    )  # fmt: skip

"""A small memory with everything in it, also text that would like to act."""

from __future__ import annotations

from random import Random

from discover.memory import (
    calls,
    campaigns,
    candidates,
    claims,
    evaluations,
    insights,
    knowledge,
    open_memory,
)
from discover.memory.campaigns import CampaignStatus, NewCampaign
from discover.memory.evaluations import Purpose, Run
from discover.space import Candidate, Evaluation, Level, Status, make

SETTINGS = {"domain": "toy.py", "budget": "30m", "slots": 2}
HOSTILE = "[red]big[/red] \x1b[31mred\x1b[0m \x07bell \u202eback\u202c \r\x9b2J <b>"
"""Markup, escape sequences, a bell, a change of direction, and a line that overwrites."""


def program(n: int, **fields) -> Candidate:
    return Candidate.from_source(f"def f():\n    return {n}\n", **fields)


def fill(path) -> str:
    """Write the sample into a new file at `path`; returns its campaign's id."""
    rng = Random(0)
    with open_memory(path) as memory:
        new = NewCampaign("toy", "toy.py", "score", "max", 7, "30m", SETTINGS)
        campaign = campaigns.create(memory, new).id
        reference = program(0, name="baseline", idea="the reference")
        candidates.propose(memory, campaign, reference, author="reference")
        first = program(1, parents=(reference.id,), level=Level.NODE, operator="mutate",
                        idea="decay more slowly", blueprint=make("f", n=1))  # fmt: skip
        bad = Candidate.from_source(
            f"x = '''{HOSTILE}'''\n".replace("\r", ""), parents=(first.id, reference.id),
            level=Level.STRUCTURE, operator="recombine", idea=HOSTILE, name=HOSTILE,
        )  # fmt: skip
        for decision, candidate in enumerate((first, bad)):
            candidates.propose(memory, campaign, candidate, author=HOSTILE, decision=decision)
        for candidate in (reference, first):
            for seed in range(3):
                evaluations.begin(memory, Run(campaign, candidate.id, "quick", seed))
                evaluations.finish(memory, campaign, run_of(candidate, seed, rng.random()))
        failed = Evaluation(bad.id, "smoke", 0, Status.FAILED, HOSTILE, cpu_s=0.5, device_s=0.5)
        evaluations.finish(memory, campaign, failed)
        verified = run_of(first, 9, 0.75, tier="standard")
        evaluations.finish(memory, campaign, verified, purpose=Purpose.VERIFY)
        evaluations.begin(memory, Run(campaign, bad.id, "quick", 1))
        insights.add(memory, insights.Insight(campaign, HOSTILE, HOSTILE, candidate=bad.id))
        insights.add(memory, insights.Insight(campaign, "slow decay helps", candidate=first.id))
        knowledge.add(memory, knowledge.Knowledge("toy", "Author 2024", "decay", "gate it"))
        request = {"messages": [HOSTILE]}
        calls.record(memory, calls.Call(campaign, "coder", "m", request, HOSTILE, "", 10, 5, 0.25))
        claims.add(memory, claims.Claim(
            campaign, first.id, "baseline", reference.id, "standard", (1, 2, 3),
            0.1, 0.05, 0.2, 0.95, 1, "first beats baseline", True,
        ))  # fmt: skip
        campaigns.beat(memory, campaign, 12.5)
        campaigns.set_status(memory, campaign, CampaignStatus.DONE)
    return campaign


def run_of(candidate: Candidate, seed: int, score: float, tier: str = "quick") -> Evaluation:
    return Evaluation(
        candidate.id, tier, seed, Status.OK, metrics={"score": score, "loss": 1 - score},
        curves={"loss": (0.5, 0.1)}, wall_s=1.0, cpu_s=2.0, device_s=1.5, isolation="S3",
    )  # fmt: skip

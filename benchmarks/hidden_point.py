"""A cheap domain for the ablation of the agents: programs that name a point near a hidden one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import ClassVar

from discover.evaluators.domain import Tier, Verdict
from discover.evaluators.program import ProgramDomain, require
from discover.sandbox import Limits, Session, Worker
from discover.space import Candidate

PLACES = 8
REACH = 10
HIDDEN = tuple(Random("hidden point").randint(-REACH, REACH) for _ in range(PLACES))


class HiddenPoint(ProgramDomain):
    name: ClassVar[str] = "hidden-point"
    brief: ClassVar[str] = (
        f"Write `def point()` that returns a list of {PLACES} integers from {-REACH} to {REACH}."
        " The score is minus the summed distance to a hidden point. No imports."
    )
    functions: ClassVar[Sequence[str]] = ("point",)
    programs: ClassVar[Mapping[str, str]] = {"origin": f"def point():\n    return {[0] * PLACES}\n"}
    tiers: Sequence[Tier] = (Tier("quick", Limits(wall_s=20, cpu_s=5), 0.05),)
    space = None
    """Without a space nothing but the models proposes."""

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        if "import" in candidate.source:
            return [Verdict("static", False, "static: line 1: no imports here")]
        return super().gate(candidate, session)

    def measure(self, worker: Worker, tier: Tier, seed: int) -> Mapping[str, float]:
        xs = worker.call("call", function="point", args=[])["value"]
        require(isinstance(xs, list) and len(xs) == PLACES, f"point returns no {PLACES} numbers")
        require(all(isinstance(x, int) and abs(x) <= REACH for x in xs), "a number out of range")
        return {"score": -float(sum(abs(x - h) for x, h in zip(xs, HIDDEN, strict=True)))}

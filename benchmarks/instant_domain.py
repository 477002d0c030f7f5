"""A domain that takes no time: numbers in a program, of as many bytes as are asked for.

What is left of a campaign on it is the campaign's own cost. `DISCOVER_BENCH_BYTES` sets the
size of a program; nothing is executed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from random import Random

from discover.evaluators.domain import Measurement, Objective, Tier, Verdict
from discover.sandbox import Limits, Session
from discover.space import Blueprint, Candidate, Edit, Level, make

AXES = ("a", "b", "c", "d")
RANGE = 1_000_000
BYTES = int(os.environ.get("DISCOVER_BENCH_BYTES", "0"))
_LINE = "    gated_{n} = decay(state_{n}, scale={x}, axis=-1)\n"


def filler(size: int) -> str:
    """About `size` bytes of code that looks like a program's."""
    lines = "".join(_LINE.format(n=n, x=n / 7) for n in range(size // len(_LINE)))
    return f"def forward(x):\n{lines}    return x\n" if lines else ""


FILLER = filler(BYTES)


class Points:
    """Points with four whole coordinates; an edit moves one of them, or all."""

    def sample(self, rng: Random) -> Blueprint:
        return make("point", **{axis: rng.randrange(RANGE) for axis in AXES})

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        reach = {Level.NODE: 100, Level.STRUCTURE: 10_000, Level.FRAMEWORK: RANGE}[level]
        found = []
        for axis in AXES:
            moved = {a: blueprint[a] for a in AXES} | {
                axis: blueprint[axis] + rng.randint(-reach, reach)
            }
            found.append(Edit(level, (), make("point", **moved), f"{axis} moved"))
        return found

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        return edit.subtree

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        return make("point", **{axis: rng.choice((a, b))[axis] for axis in AXES})

    def render(self, blueprint: Blueprint) -> str:
        head = "".join(f"{axis.upper()} = {blueprint[axis]}\n" for axis in AXES)
        return head + FILLER

    def tokens(self, blueprint: Blueprint) -> list[str]:
        return [str(blueprint[axis]) for axis in AXES]


class Instant:
    """Closer to the middle is better; every run ends at once."""

    name = "instant"
    brief = "Points."
    space = Points()
    tiers = (Tier("quick", Limits(wall_s=1, cpu_s=1), 0.001),)
    objectives = (Objective("nearness"),)
    descriptors = ()
    preload = ()

    @property
    def references(self) -> Mapping[str, Candidate]:
        point = make("point", **dict.fromkeys(AXES, 0))
        return {"origin": Candidate.from_source(self.space.render(point), blueprint=point)}

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        return [Verdict("none", True, "none")]

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        assert candidate.blueprint is not None
        away = sum(abs(candidate.blueprint[axis] - RANGE // 2) for axis in AXES)
        return Measurement({"nearness": -away / RANGE})


domain = Instant

"""The toy domain with runs that see items one by one, and references that take long for each."""

from __future__ import annotations

from pathlib import Path

from discover.evaluators.domain import Measurement, Objective, Rejected, Tier, Verdict
from discover.evaluators.registry import load_domain
from discover.sandbox import Limits
from discover.space import Candidate

TOY = load_domain(str(Path(__file__).with_name("toy.py")))
ITEMS = 100
SETTLED = 8
"""Items after which it shows on which side of a bar a score lies."""


class Column(type(TOY.space)):
    """Points of which Y is 3."""

    def sample(self, rng):
        return self.point(rng.randrange(20), 3)

    def edits(self, blueprint, level, rng):
        found = super().edits(blueprint, level, rng)
        return [edit for edit in found if edit.subtree["y"] == 3]

    def crossover(self, a, b, rng):
        return self.point(b["x"], 3)


def reference(x, y, cost):
    source = f"X = {x}\nY = {y}\nCOST = {cost}\n"
    return Candidate.from_source(source)


class Sampled(type(TOY)):
    name = "sampled"
    tiers = (
        Tier("quick", Limits(wall_s=5, cpu_s=5), 0.01),
        Tier("standard", Limits(wall_s=50, cpu_s=5), 0.02),
    )
    objectives = (Objective("share"),)
    frugal_space = Column()

    @property
    def references(self):
        return {
            "cheap": reference(0, 0, 0),
            "slow": reference(1, 1, 5),
            "slower": reference(2, 1, 6),
            "slowest": reference(3, 1, 90),
        }

    def run(self, candidate, tier, seed, session):
        return self.run_within(candidate, tier, seed, session, None)

    def run_within(self, candidate, tier, seed, session, bounds):
        names = dict(line.split(" = ") for line in candidate.source.splitlines())
        cost = float(names.get("COST", 0))
        away = abs(int(names["X"]) - 7) + abs(int(names["Y"]) - 3)
        share, items = 1 / (2 + away), ITEMS
        if cost and bounds:
            items = min(ITEMS, int(bounds.seconds // cost) + 1)
            if bounds.seconds < cost * bounds.least / 2:
                verdict = Verdict("pace", False, "pace: too slow", figures=bounds.figures)
                raise Rejected(verdict)
            if bounds.bar is not None:
                items = min(items, SETTLED)
        width = 1 / items
        figures = {"share": share, "share_low": share - width, "share_high": share + width}
        cut = bounds.figures if items < ITEMS else {}
        return Measurement({**figures, "items": float(items), **cut})


domain = Sampled

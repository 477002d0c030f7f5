"""A toy domain: points on a grid, whose score is highest at (7, 3). Nothing is executed."""

from __future__ import annotations

import ast
import os
import time

from discover.evaluators.domain import Measurement, Objective, Tier, Verdict
from discover.sandbox import CandidateError, Limits
from discover.space import Candidate, Edit, Level, make

SIZE = 20
SLOW_S = float(os.environ.get("TOY_SLOW_S", "0"))


class Grid:
    """The space of points, with one kind of edit a level."""

    def sample(self, rng):
        return self.point(rng.randrange(SIZE), rng.randrange(SIZE))

    def edits(self, blueprint, level, rng):
        x, y = blueprint["x"], blueprint["y"]
        targets = {
            Level.NODE: [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)],
            Level.STRUCTURE: [(x + dx, y + dy) for dx in (-3, 3) for dy in (-3, 3)],
            Level.FRAMEWORK: [(y, x)],
        }[level]
        return [Edit(level, (), self.point(*t), f"to {t}") for t in targets]

    def apply(self, blueprint, edit):
        return edit.subtree

    def crossover(self, a, b, rng):
        return self.point(a["x"], b["y"])

    def render(self, blueprint):
        return f"X = {blueprint['x']}\nY = {blueprint['y']}\n"

    def tokens(self, blueprint):
        return [str(blueprint["x"]), str(blueprint["y"])]

    @staticmethod
    def point(x, y):
        return make("point", x=x, y=y)


def value(source, name):
    return next(
        ast.literal_eval(s.value) for s in ast.parse(source).body if s.targets[0].id == name
    )


class Toy:
    name = "toy"
    brief = "Points."
    space = Grid()
    tiers = (
        Tier("smoke", Limits(wall_s=5, cpu_s=5), 0.001, ranks=False),
        Tier("quick", Limits(wall_s=5, cpu_s=5), 0.01),
        Tier("standard", Limits(wall_s=5, cpu_s=5), 0.1),
    )
    objectives = (Objective("nearness"),)
    descriptors = ()
    preload = ()

    @property
    def references(self):
        point = Grid.point(0, 0)
        return {"origin": Candidate.from_source(Grid().render(point), blueprint=point)}

    def gate(self, candidate, session):
        even = value(candidate.source, "X") % 4 != 2
        return [Verdict("even", even, "even: X is 2 modulo 4, expected anything else")]

    def run(self, candidate, tier, seed, session):
        time.sleep(SLOW_S)
        x, y = value(candidate.source, "X"), value(candidate.source, "Y")
        if y < 0:
            raise CandidateError("Y is negative", line=2)
        return Measurement({"nearness": -float((x - 7) ** 2 + (y - 3) ** 2) + 0.01 * seed})


domain = Toy

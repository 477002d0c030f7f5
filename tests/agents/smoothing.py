"""A domain of small programs whose gates are executed: smooth a series, looking back only."""

import ast
import itertools
from typing import ClassVar

from discover.evaluators.domain import Tier, Verdict
from discover.evaluators.program import FUNCTIONS, ProgramDomain, require
from discover.sandbox import Limits

SERIES = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0]
CUT = 3


class Smoothing(ProgramDomain):
    name = "smoothing"
    brief = "Write `def smooth(xs)`: a list as long, each value from those up to its place."
    functions = ("smooth",)
    space = None
    programs: ClassVar = {"copy": "def smooth(xs):\n    return list(xs)\n"}
    tiers = (Tier("quick", Limits(wall_s=20, cpu_s=5), 0.05),)

    def gate(self, candidate, session):
        (named,) = super().gate(candidate, session)
        if not named.passed:
            return [named]
        for node in ast.walk(ast.parse(candidate.source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                return [Verdict("static", False, f"static: line {node.lineno}: no imports here")]
        with session.open(FUNCTIONS, candidate.source) as worker:
            seen = smoothed(worker, SERIES)[:CUT]
            unseen = smoothed(worker, SERIES[:CUT] + [-9.0] * CUT)[:CUT]
        causal = Verdict("causality", seen == unseen, "causality: a value depends on later ones")
        return [named, causal]

    def measure(self, worker, tier, seed):
        ys = smoothed(worker, SERIES)
        return {"score": -sum(abs(b - a) for a, b in itertools.pairwise(ys))}


def smoothed(worker, xs):
    ys = worker.call("call", function="smooth", args=[xs])["value"]
    require(isinstance(ys, list) and len(ys) == len(xs), "smooth returns no list as long")
    require(all(isinstance(y, float) for y in ys), "smooth returns what is not a number")
    return ys

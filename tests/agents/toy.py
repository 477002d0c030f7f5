"""A small domain for the agents: sums of a few terms, as blueprints and as code."""

from __future__ import annotations

from discover.evaluators.domain import Objective, Tier
from discover.sandbox import Limits
from discover.space import GATE, Candidate, Evaluation, Grammar, Level, Status, make
from discover.space.production import Choice, Production

PRODUCTIONS = (
    Production("sum", "expression", Level.FRAMEWORK, (("term",), ("term",))),
    Production("term", "term", Level.STRUCTURE, params={"weight": Choice((1, 2, 3, 5, 7))}),
    Production("twice", "term", Level.STRUCTURE, (("term",),), weight=0.3),
)


def render(blueprint):
    return f"def answer():\n    return {_expression(blueprint)}\n"


def _expression(node):
    parts = [_expression(child) for child in node.children]
    if node.production == "sum":
        return " + ".join(parts)
    return f"2 * ({parts[0]})" if node.production == "twice" else str(node["weight"])


def grammar():
    return Grammar(("expression",), PRODUCTIONS, render)


def blueprint(a=1, b=2):
    return make("sum", make("term", weight=a), make("term", weight=b))


def candidate(a=1, b=2, **fields):
    return Candidate.from_source(render(blueprint(a, b)), blueprint=blueprint(a, b), **fields)


class Sums:
    """`space` is None where `free` is set: then programs are all there is."""

    name = "sums"
    brief = "Write `def answer()` that returns a large number. No imports."
    tiers = (
        Tier("smoke", Limits(), 0.01, ranks=False),
        Tier("quick", Limits(), 0.01),
    )
    objectives = (Objective("value"),)
    descriptors = ()
    preload = ()

    def __init__(self, free=False):
        self.space = None if free else grammar()

    @property
    def references(self):
        return {"three": candidate(1, 2)}


def gate(proposed):
    """Rejects what a domain's gates would: imports, another name, a look ahead."""
    source = proposed.source
    if "import" in source:
        return verdict(proposed, "static: line 1 imports os, expected no import")
    if "def answer" not in source:
        return verdict(proposed, "contract: no function called answer")
    if "future" in source:
        return verdict(proposed, "causality: step 3 depends on step 7")
    return verdict(proposed)


def verdict(proposed, reason=""):
    status = Status.REJECTED if reason else Status.OK
    return Evaluation(proposed.id, GATE, 0, status, reason, cpu_s=0.25, device_s=0.5)

"""The rules of the workflow grammar: every part below has one kind of result.

A `pattern` or an `answer` leaves an answer behind, or "" where the question is not theirs; so
does a `cascade`, which tries its parts in turn and stands only at the top. A `preparation`
leaves what later prompts show; a `critic` leaves the faults of the answer, or none; a `merge`
makes one answer of several; a node of code runs a program of the kind that its place asks for.
So every tree of these is a workflow.
"""

from __future__ import annotations

from dataclasses import replace

from ..levels import Level
from ..production import Choice, Production, Slot
from .programs import ANSWERING, FINISHING, NOTING, programs
from .solvers import methods

ROOT: Slot = ("workflow",)
BODY: Slot = ("answer", "pattern")
WHOLE: Slot = (*BODY, "cascade")
MERGE: Slot = ("merge",)
CUES = (
    "sort", "how many", "number", "list", "word", "equation", "=", "grid", "prime", "shortest",
)  # fmt: skip

TEMPERATURES = Choice((0.0, 0.3, 0.7, 1.0))
MAX_TOKENS = Choice((256, 64, 512))
FEW = Choice((2, 1, 3))


def _pattern(name: str, *children: Slot, weight: float = 0.4, **params: Choice) -> Production:
    return Production(name, "pattern", Level.FRAMEWORK, children, params, weight)


def _structure(
    name: str, state: str, *children: Slot, weight: float = 1.0, **params: Choice
) -> Production:
    return Production(name, state, Level.STRUCTURE, children, params, weight)


def _node(name: str, state: str, **params: Choice) -> Production:
    return Production(name, state, Level.NODE, (), params)


CASCADES = (
    Production("workflow", "workflow", Level.FRAMEWORK, (WHOLE,)),
    Production("cascade", "cascade", Level.FRAMEWORK, (BODY,) * 4, weight=4.0),
    Production("long_cascade", "cascade", Level.FRAMEWORK, (BODY,) * 8, weight=4.0),
)
PATTERNS = (
    _pattern("prepared", ("preparation",), BODY),
    _pattern("refined", BODY, ("critic",), rounds=FEW, repair=Choice(("revise", "again"))),
    _pattern("ensemble", BODY, MERGE, samples=Choice((3, 5, 7))),
    _pattern("pair", BODY, BODY, MERGE, weight=0.3),
    _pattern("panel", BODY, BODY, BODY, MERGE, weight=0.2),
    _pattern("debate", BODY, BODY, MERGE, weight=0.2, rounds=FEW),
    _pattern(
        "tree_of_thoughts",
        width=Choice((3, 2, 4)),
        depth=Choice((2, 1, 3)),
        kept=Choice((2, 1)),
    ),
)
PREPARATIONS = (
    _structure("then", "preparation", ("preparation",), ("preparation",), weight=0.5),
    _structure("plan", "preparation"),
    _structure("step_back", "preparation"),
    _structure(
        "retrieve",
        "preparation",
        documents=Choice((3, 1, 5)),
        query=Choice(("question", "written")),
    ),
    _structure("refine_evidence", "preparation"),
    _structure("note", "preparation", NOTING),
)
CRITICS = (
    _structure("critique", "critic", temperature=TEMPERATURES),
    _structure("verify", "critic"),
    _structure("test", "critic"),
    _structure("check_form", "critic", form=Choice(("any", "number", "word"))),
)
MERGES = (
    _structure("vote", "merge"),
    _structure("fuse", "merge", temperature=TEMPERATURES),
    _structure("rank", "merge"),
)
INSTRUCTIONS = (
    _node("plain", "instruction"),
    _node("step_by_step", "instruction"),
    _node("few_words", "instruction"),
    _node("check_twice", "instruction"),
    _node(
        "persona",
        "instruction",
        role=Choice(("mathematician", "programmer", "linguist", "logician", "librarian")),
    ),
)
AGENT_PARTS = (
    _node("no_planning", "planning"),
    _node("plan_first", "planning"),
    _node("plan_again", "planning", every=Choice((3, 2))),
    _node("remember_all", "memory"),
    _node("remember_last", "memory", observations=Choice((3, 1, 5))),
    _node("remember_summary", "memory"),
)
"""How an agent plans, and what it keeps of its steps."""


def rules(*, models: bool) -> tuple[Production, ...]:
    """The productions; without `models`, those that ask one are legal and never proposed."""
    share = 1.0 if models else 0.0
    return (
        *CASCADES,
        *(replace(pattern, weight=pattern.weight * share) for pattern in PATTERNS),
        *_answers(share),
        *PREPARATIONS,
        *CRITICS,
        *MERGES,
        *INSTRUCTIONS,
        *AGENT_PARTS,
        *methods(),
        *programs(),
    )


def _answers(share: float) -> tuple[Production, ...]:
    """What leaves an answer; that of models has `share` of its weight."""
    return (
        _structure(
            "ask",
            "answer",
            ("instruction",),
            weight=2.0 * share,
            temperature=TEMPERATURES,
            max_tokens=MAX_TOKENS,
        ),
        _structure("program", "answer", weight=share, repairs=Choice((1, 0, 2))),
        _structure(
            "agent", "answer", ("planning",), ("memory",), weight=share, steps=Choice((6, 3, 10))
        ),
        _structure("router", "answer", BODY, BODY, weight=0.3 * share),
        _structure("solve", "answer", ("method",), weight=4.5),
        _structure("code", "answer", ANSWERING, weight=0.6),
        _structure("finish", "answer", BODY, FINISHING, weight=0.1 + 0.3 * share),
        _structure("first", "answer", BODY, BODY, weight=2.8),
        _structure("route", "answer", BODY, BODY, weight=0.4, cue=Choice(CUES, Level.STRUCTURE)),
    )

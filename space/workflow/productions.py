"""The rules of the workflow grammar: every part below has one kind of result.

A `pattern` or an `answer` leaves an answer behind, or "" where the question is not theirs; so
does a `cascade`, which tries its parts in turn and stands only at the top. A `preparation`
leaves what later prompts show; a `critic` leaves the faults of the answer, or none; a `merge`
makes one answer of several; a node of code runs a program of the kind that its place asks for.
So every tree of these is a workflow.
"""

from __future__ import annotations

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


def rules(*, models: bool) -> tuple[Production, ...]:
    """The productions; without `models`, those that ask one are legal and never proposed."""
    share = 1.0 if models else 0.0

    def pattern(name: str, *children: Slot, weight: float = 0.4, **params: Choice) -> Production:
        return Production(name, "pattern", Level.FRAMEWORK, children, params, weight * share)

    def structure(
        name: str, state: str, *children: Slot, weight: float = 1.0, **params: Choice
    ) -> Production:
        return Production(name, state, Level.STRUCTURE, children, params, weight)

    def node(name: str, state: str, **params: Choice) -> Production:
        return Production(name, state, Level.NODE, (), params)

    few = Choice((2, 1, 3))
    return (
        Production("workflow", "workflow", Level.FRAMEWORK, (WHOLE,)),
        Production("cascade", "cascade", Level.FRAMEWORK, (BODY,) * 4, weight=4.0),
        Production("long_cascade", "cascade", Level.FRAMEWORK, (BODY,) * 8, weight=4.0),
        pattern("prepared", ("preparation",), BODY),
        pattern(
            "refined",
            BODY,
            ("critic",),
            rounds=few,
            repair=Choice(("revise", "again")),
        ),
        pattern("ensemble", BODY, MERGE, samples=Choice((3, 5, 7))),
        pattern("pair", BODY, BODY, MERGE, weight=0.3),
        pattern("panel", BODY, BODY, BODY, MERGE, weight=0.2),
        pattern("debate", BODY, BODY, MERGE, weight=0.2, rounds=few),
        pattern(
            "tree_of_thoughts",
            width=Choice((3, 2, 4)),
            depth=Choice((2, 1, 3)),
            kept=Choice((2, 1)),
        ),
        structure(
            "ask",
            "answer",
            ("instruction",),
            weight=2.0 * share,
            temperature=TEMPERATURES,
            max_tokens=MAX_TOKENS,
        ),
        structure("program", "answer", weight=share, repairs=Choice((1, 0, 2))),
        structure(
            "agent", "answer", ("planning",), ("memory",), weight=share, steps=Choice((6, 3, 10))
        ),
        structure("router", "answer", BODY, BODY, weight=0.3 * share),
        structure("solve", "answer", ("method",), weight=4.5),
        structure("code", "answer", ANSWERING, weight=0.6),
        structure("finish", "answer", BODY, FINISHING, weight=0.1 + 0.3 * share),
        structure("first", "answer", BODY, BODY, weight=2.8),
        structure("route", "answer", BODY, BODY, weight=0.4, cue=Choice(CUES, Level.STRUCTURE)),
        structure("then", "preparation", ("preparation",), ("preparation",), weight=0.5),
        structure("plan", "preparation"),
        structure("step_back", "preparation"),
        structure(
            "retrieve",
            "preparation",
            documents=Choice((3, 1, 5)),
            query=Choice(("question", "written")),
        ),
        structure("refine_evidence", "preparation"),
        structure("note", "preparation", NOTING),
        structure("critique", "critic", temperature=TEMPERATURES),
        structure("verify", "critic"),
        structure("test", "critic"),
        structure("check_form", "critic", form=Choice(("any", "number", "word"))),
        structure("vote", "merge"),
        structure("fuse", "merge", temperature=TEMPERATURES),
        structure("rank", "merge"),
        node("plain", "instruction"),
        node("step_by_step", "instruction"),
        node("few_words", "instruction"),
        node("check_twice", "instruction"),
        node(
            "persona",
            "instruction",
            role=Choice(("mathematician", "programmer", "linguist", "logician", "librarian")),
        ),
        node("no_planning", "planning"),
        node("plan_first", "planning"),
        node("plan_again", "planning", every=Choice((3, 2))),
        node("remember_all", "memory"),
        node("remember_last", "memory", observations=Choice((3, 1, 5))),
        node("remember_summary", "memory"),
        *methods(),
        *programs(),
    )

"""Programs of a node of code: those of the library, and any other that is written as a text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..levels import Level
from ..production import Choice, Production, Slot
from ..syntax import bounded, names

MOST = 4_000
"""Characters of a program that is written as a text."""
TAKES = ("question", "answer", "notes")
WRITTEN = "written"
"""A program that is a text of the blueprint."""
FREE = "program"
"""The state of a program that may stand wherever code may."""
ANSWERING: Slot = ("answering", FREE)
FINISHING: Slot = ("finishing", FREE)
NOTING: Slot = ("noting", FREE)


@dataclass(frozen=True)
class Program:
    """A function of the library: what of the state it is given, and with which parameters.

    Of its kinds, "answering" leaves an answer or "", "finishing" a better form of one, and
    "noting" what later prompts show.
    """

    kind: str
    given: tuple[str, ...]
    doc: str
    params: Mapping[str, Choice] = field(default_factory=dict)


PROGRAMS = {
    "nth_number": Program(
        "answering",
        ("question",),
        "Take one number of the question, and add to it.",
        {"nth": Choice((1, 2, 3, -1)), "plus": Choice((0, 1, -1))},
    ),
    "combined_numbers": Program(
        "answering",
        ("question",),
        "Combine the numbers of the question.",
        {"how": Choice(("sum", "product", "difference", "largest"))},
    ),
    "compared_numbers": Program(
        "answering", ("question",), "Compare the two numbers of the question."
    ),
    "counted_in_quotes": Program(
        "answering",
        ("question",),
        "Count what is quoted.",
        {"unit": Choice(("words", "letters"))},
    ),
    "days_counted": Program("answering", ("question",), "Count the days between two dates."),
    "bare_answer": Program("finishing", ("answer",), "Leave out what stands around the answer."),
    "number_alone": Program("finishing", ("answer",), "Keep the number alone."),
    "decimals_asked": Program(
        "finishing", ("question", "answer"), "Round as the question asks for it."
    ),
    "list_asked": Program(
        "finishing", ("question", "answer"), "Write the list as the question asks for it."
    ),
    "day_asked": Program(
        "finishing", ("question", "answer"), "Make of a date the day that is asked for."
    ),
    "numbers_noted": Program("noting", ("question",), "Note the numbers of the question."),
    "letters_noted": Program("noting", ("question",), "Note the letters of what is quoted."),
}


class Text(Choice):
    """Any text that is a program. Asking for another one raises ValueError, which says why."""

    def __contains__(self, value: object) -> bool:
        fault = fault_of(value) if isinstance(value, str) else "it is no text"
        if fault:
            raise ValueError(f"a program defines step({', '.join(TAKES)}) alone: {fault}")
        return True


def fault_of(text: str) -> str:
    """Why `text` is no program, in one line; "" for one that is.

    What only the compiler finds is left to the gate, which runs where it can harm nobody.
    """
    if len(text) > MOST:
        return f"it has {len(text)} characters, of at most {MOST}"
    if "\f" in text:
        return "it holds a form feed, which begins a line anew"
    try:
        body = bounded(text).body
    except ValueError as error:
        return str(error)
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef) or body[0].name != "step":
        return "it is something else"
    if "runtime" in names(body[0]):
        return "it names runtime, by which others ask the model"
    taken = _taken(body[0].args)
    return "" if taken == ", ".join(TAKES) else f"it takes {taken}"


def _taken(given: ast.arguments) -> str:
    """What a function takes, in one line, without types and without the values of defaults."""
    plain = [argument.arg for argument in [*given.posonlyargs, *given.args]]
    plain += [f"*{given.vararg.arg}"] if given.vararg else []
    plain += [f"{argument.arg} by name" for argument in given.kwonlyargs]
    plain += [f"**{given.kwarg.arg}"] if given.kwarg else []
    plain += ["defaults"] if given.defaults else []
    return ", ".join(plain)


def programs() -> tuple[Production, ...]:
    """One production for each program of the library, and one for all others.

    Which others there are no grammar can say: these are never proposed, but written.
    """
    drawn = (
        Production(name, each.kind, Level.NODE, (), each.params) for name, each in PROGRAMS.items()
    )
    return (*drawn, Production(WRITTEN, FREE, Level.NODE, (), {"code": Text(())}, weight=0.0))

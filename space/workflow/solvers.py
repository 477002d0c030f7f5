"""Solvers: what answers a kind of question without any model, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..levels import Level
from ..production import Choice, Production


@dataclass(frozen=True)
class Solver:
    """A function of the library: `function(question, *params)`, or with the tools first."""

    function: str
    doc: str
    params: Mapping[str, Choice] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    """The tools that it needs; without them, it leaves the question to others."""


BUDGETS = Choice((200, 1_000, 5_000, 20_000))
FORMS = Choice(("commas", "list", "spaces"))

SOLVERS = {
    "arithmetic": Solver(
        "calculate",
        "Evaluate the arithmetic expression in the question.",
        {"places": Choice((2, 0, 4, 6))},
    ),
    "equation": Solver(
        "solve_equation",
        "Solve the equation for its one unknown.",
        {"degree": Choice((1, 2))},
    ),
    "number_search": Solver(
        "reach_target",
        "Search for an expression that reaches the target.",
        {
            "budget": BUDGETS,
            "order": Choice(("given", "close", "large")),
        },
    ),
    "sorting": Solver(
        "sort_list",
        "Sort what the question lists.",
        {"items": Choice(("words", "numbers")), "form": FORMS},
    ),
    "filtering": Solver(
        "filter_list", "Keep the listed numbers that are asked for.", {"form": FORMS}
    ),
    "reversal": Solver(
        "reverse",
        "Turn around what the question lists.",
        {"unit": Choice(("words", "letters")), "form": FORMS},
    ),
    "letter_count": Solver(
        "count_letter",
        "Count a letter in a text.",
        {"case": Choice(("exact", "folded"))},
    ),
    "divisors": Solver("common_divisor", "Find the common divisor or multiple."),
    "factors": Solver(
        "factorise", "Find the prime factors.", {"sign": Choice(("*", "\u00d7", "x"))}
    ),
    "primes": Solver("count_primes", "Count the primes between two numbers."),
    "fraction": Solver("simplify_fraction", "Reduce the fraction to its lowest terms."),
    "base": Solver("convert_base", "Write a number in another base."),
    "cipher": Solver(
        "decipher",
        "Try every shift of the alphabet.",
        {"judge": Choice(("letters", "pairs"))},
    ),
    "sequence": Solver(
        "next_number",
        "Find the rule behind a sequence, and go on with it.",
        {"depth": Choice((0, 1, 2, 3))},
    ),
    "square": Solver(
        "fill_square",
        "Fill the open cells of a board by backtracking.",
        {"budget": Choice((50, 500, 5_000))},
    ),
    "way": Solver(
        "walk_grid",
        "Find the shortest way through the grid.",
        {"answer": Choice(("steps", "directions"))},
    ),
    "letters": Solver(
        "letters_for_digits",
        "Find the digit behind each letter of a sum.",
        {"budget": Choice((1_000, 10_000, 100_000))},
    ),
    "liars": Solver("truth_tellers", "Find out who tells the truth."),
    "weighted_grid": Solver("weighted_grid", "Find the ones whose weights add up."),
    "pouring": Solver("pour", "Find the fewest moves between jugs.", {"depth": Choice((4, 8, 16))}),
    "calendar": Solver(
        "day_of_week",
        "Find the weekday of a date.",
        {"dates": Choice(("month first", "day first"))},
    ),
    "exploration": Solver(
        "explore",
        "Find a way through the world, and note the commands.",
        {"steps": Choice((10, 40, 100)), "order": Choice(("first", "least tried"))},
        tools=("act",),
    ),
    "reading": Solver(
        "look_up",
        "Read the answer out of the documents.",
        {"documents": Choice((1, 3, 6))},
        tools=("search",),
    ),
    "tool_use": Solver(
        "call_tools",
        "Let the small tools answer.",
        tools=("convert", "exchange", "lookup", "weekday"),
    ),
    "matrix": Solver("turn_matrix", "Turn the matrix, or read it as a spiral."),
}


def methods() -> tuple[Production, ...]:
    """One production for each solver."""
    return tuple(
        Production(name, "method", Level.NODE, (), solver.params)
        for name, solver in SOLVERS.items()
    )

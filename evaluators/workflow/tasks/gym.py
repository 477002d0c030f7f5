"""Problems of reasoning-gym: puzzles drawn by its generators and judged by its scorers.

Some of its scorers hand the reply to `eval`, or to sympy's parser, which is the same. Those of
the data sets chosen here do not, and a reply reaches a scorer only if it has the shape of an
answer. Its partial marks reward guesses, so only full marks count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from typing import Any

from ...domain import DomainError
from ..tools.calculator import evaluate
from .task import Generated, Problem, Task, make_item

FULL_MARKS = 0.999
CHUNK = 64
"""Problems drawn from one of the library's seeds; it numbers them on from the seed."""
TOOLS = ("calculator", "python")

Judge = Callable[[Problem, str], float]

NUMBER = r"[-+]?[\d,]{1,40}(\.\d{1,20})?"
WORD = r"[A-Za-z]{1,40}"


@dataclass(frozen=True)
class DataSet:
    """A data set of the library: its name there, its difficulty, and the shape of an answer."""

    name: str
    shape: str
    config: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[str] = TOOLS


DATA_SETS: Sequence[DataSet] = (
    # arithmetic
    DataSet("chain_sum", NUMBER, {"min_terms": 3, "min_digits": 2}),
    DataSet("basic_arithmetic", NUMBER, {"min_terms": 3}),
    DataSet("calendar_arithmetic", rf"{NUMBER}|{WORD}"),
    DataSet("gsm_symbolic", NUMBER),
    # algorithms
    DataSet("letter_counting", NUMBER),
    DataSet("count_primes", NUMBER, {"max_n": 2000}),
    DataSet("caesar_cipher", r"[A-Z ]{1,500}", {"max_words": 12}),
    DataSet("word_sorting", r"[^\n]{1,500}"),
    DataSet("number_sequence", NUMBER, {"max_terms": 6, "max_complexity": 1}),
    DataSet("jugs", r'\[("\w{4,5} [A-Z](->[A-Z])?"(, ?)?){1,60}\]', {"difficulty": 6}),
    # logic
    DataSet("knights_knaves", r"[A-Za-z ,.]{1,300}", {"n_people": 3}),
    DataSet("cryptarithm", r"[A-Z]=\d(, ?[A-Z]=\d){1,9}"),
    DataSet("aiw", NUMBER),
    # games
    DataSet("mini_sudoku", r"([1-4]( [1-4]){3}\n?){4}"),
    DataSet("kakurasu", r"([01]( ?[01]){3,4}\n?){4,5}"),
    DataSet("shortest_path", r"[a-z]{2,10}( [a-z]{2,5}){0,80}", {"p_blocked": 0.25}),
)
"""Answers of these have one right value, or are checked by playing them."""


def gym_tasks() -> list[Task]:
    """The chosen data sets and Countdown. Raises DomainError where the library is missing."""
    library = _library()
    tasks = [_task(data_set, library) for data_set in DATA_SETS]
    return [_task(COUNTDOWN, library, judge_countdown), *tasks]


MISSING = "reasoning-gym: pip install 'archdiscover[workflow]'"


def _library() -> ModuleType:
    try:
        import reasoning_gym
    except ImportError:
        raise DomainError(
            f"agent-workflow: its questions need {MISSING}; or bring your own with --tasks FILE"
        ) from None
    return reasoning_gym


def _task(data_set: DataSet, library: ModuleType, judge: Judge | None = None) -> Task:
    def draw(rng: Random) -> Iterator[Problem]:
        while True:
            made = library.create_dataset(
                data_set.name, seed=rng.getrandbits(32), size=CHUNK, **data_set.config
            )
            yield from _problems(made, data_set)

    scorer = library.create_dataset(data_set.name, seed=0, size=1, **data_set.config)
    return Generated(data_set.name, draw, judge or _library_judge(data_set, scorer))


def _problems(made: Any, data_set: DataSet) -> Iterator[Problem]:
    for index in range(CHUNK):
        try:
            entry = made[index]
        except ValueError:  # some generators give up on a seed after many tries
            continue
        item = make_item(data_set.name, entry["question"].strip(), tuple(data_set.tools))
        yield Problem(item, entry["answer"].strip(), entry)


def _library_judge(data_set: DataSet, scorer: Any) -> Judge:
    shape = re.compile(data_set.shape, re.ASCII)

    def judge(problem: Problem, reply: str) -> float:
        plain = reply.strip()
        if not shape.fullmatch(plain):
            return 0.0
        try:
            mark = scorer.score_answer(plain, problem.key)
        except Exception:  # a scorer of the library that a well-shaped reply breaks
            return 0.0
        return float(mark >= FULL_MARKS)

    return judge


COUNTDOWN = DataSet("countdown", r"[-+*/() \d]{1,200}", {"min_target": 10})


def judge_countdown(problem: Problem, reply: str) -> float:
    """1 where the expression uses every number once and has the target as its exact value.

    Ours, since the library's scorer evaluates the reply.
    """
    plain = reply.strip()
    if not re.fullmatch(COUNTDOWN.shape, plain, re.ASCII):
        return 0.0
    puzzle = problem.key["metadata"]
    if sorted(map(int, re.findall(r"\d+", plain))) != sorted(puzzle["numbers"]):
        return 0.0
    try:
        return float(evaluate(plain) == puzzle["target"])
    except ValueError:
        return 0.0

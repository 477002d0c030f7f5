"""The user's own questions: a JSONL file, whose first line may name a scorer.

    {"scorer": {"kind": "numeric", "tolerance": 0.01}}
    {"question": "How many legs have two spiders?", "answer": 16}
    {"question": "...", "answer": "...", "id": "q2", "tools": ["calculator"], "payload": {}}

Scorers: `exact` (the default), `numeric`, `regex` (the answer is a pattern that the whole reply
matches), `python` (a function of a file, run in the sandbox), `judge` (a language model: the task
model, or the one that the line names as `model`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from ...domain import DomainError
from ...misfit import misfit
from ..hosted import all_tools
from ..items import Item, Split
from .sandboxed import SandboxedScorer
from .task import SHARES, Problem
from .user_scorer import Exact, Judges, Scorer, ScorerKind, ScorerLine, Strict, flaw, make_scorer

MAX_LINE = 200_000
"""Characters of one line."""
MAX_QUESTIONS = 100_000
SHOWN = 60
DIGITS = 16

M = TypeVar("M", bound=BaseModel)


class _Line(Strict):
    question: Annotated[str, Field(min_length=1)]
    answer: str | int | float
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    tools: list[str] = Field(default_factory=lambda: ["calculator", "python"])
    payload: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class UserTask:
    """Questions of a file: half of them to search with, a quarter each to choose and to claim.

    Which is which hangs on the questions alone, so that a file in another order, or a run
    with another seed, never moves a question from one split into another.
    """

    name: str
    questions: Sequence[Problem]
    scorer: Scorer
    digest: str
    """Of the questions, whatever their order, and of how they are scored."""

    @property
    def definition(self) -> str:
        return f"{self.name} {self.digest}"

    def problems(self, split: Split, seed: int, secret: int) -> Iterator[Problem]:
        ranked = sorted(self.questions, key=_rank)
        mine = [p for i, p in enumerate(ranked) if SHARES[i % len(SHARES)] is split]
        Random(f"{self.name}/{split}/{seed}").shuffle(mine)
        return iter(mine)

    def score(self, problem: Problem, reply: str) -> float:
        return self.scorer(problem.item.question, problem.answer, reply)


def read_tasks(path: Path, judge: Judges | None = None) -> UserTask:
    """The task in the file at `path`, called after it. Raises DomainError with the line.

    `judge` gives the language model that a line names, or the task model for "".
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    scorer, numbered = _scorer_line(path, numbered)
    questions = _questions(path, numbered, scorer)
    if len(questions) < len(SHARES):
        raise DomainError(
            f"{path}: needs at least {len(SHARES)} questions, to search, to choose and to test "
            f"with; it has {len(questions)}"
        )
    made = make_scorer(path, scorer, judge)
    task = UserTask(path.stem, questions, made, _digest(questions, scorer, made))
    _try_out(path, task)
    return task


def _digest(questions: Sequence[Problem], scorer: ScorerKind, made: Scorer) -> str:
    told = [[asdict(problem.item), problem.answer] for problem in sorted(questions, key=_rank)]
    program = [made.source, made.function] if isinstance(made, SandboxedScorer) else []
    text = json.dumps([told, scorer.model_dump(), program], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _scorer_line(
    path: Path, numbered: list[tuple[int, str]]
) -> tuple[ScorerKind, list[tuple[int, str]]]:
    """What the first line says of the scorer, and the lines that hold questions."""
    if numbered:
        number, line = numbered[0]
        found = _json(path, number, line)
        if isinstance(found, dict) and "scorer" in found and "question" not in found:
            if isinstance(found["scorer"], str):
                found = {"scorer": {"kind": found["scorer"]}}
            return _parsed(path, number, found, ScorerLine).scorer, numbered[1:]
    return Exact(kind="exact"), numbered


def _questions(
    path: Path, numbered: list[tuple[int, str]], scorer: ScorerKind
) -> Sequence[Problem]:
    if len(numbered) > MAX_QUESTIONS:
        raise DomainError(f"{path}: {len(numbered)} questions; at most {MAX_QUESTIONS}")
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in numbered:
        parsed = _parsed(path, number, _json(path, number, line), _Line)
        problem = _problem(path, number, parsed, scorer)
        for what, key in (("question", parsed.question.strip()), ("id", problem.item.id)):
            before = seen.setdefault((what, key), number)
            if before != number:
                named = f"id {parsed.id[:SHOWN]!r}" if what == "id" and parsed.id else what
                raise _bad(path, number, f"repeats the {named} of line {before}")
        problems.append(problem)
    return problems


def _problem(path: Path, number: int, line: _Line, scorer: ScorerKind) -> Problem:
    answer = str(line.answer).strip()
    problem = flaw(scorer, answer)
    if problem:
        raise _bad(path, number, f"answer: {problem}")
    name = line.id or hashlib.sha256(line.question.encode("utf-8", "surrogatepass")).hexdigest()
    item = Item(
        f"{path.stem}-{name[:200]}", path.stem, line.question, tuple(line.tools), line.payload
    )
    try:
        all_tools(item)
    except KeyError as error:
        raise _bad(path, number, f"payload: its tools need {error}") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise _bad(path, number, f"tools: {error}") from None
    return Problem(item, answer)


def _json(path: Path, number: int, line: str) -> Any:
    if len(line) > MAX_LINE:
        raise _bad(path, number, f"{len(line)} characters; at most {MAX_LINE}")
    try:
        return json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _bad(path, number, f"not JSON: {error}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number of JSON")


def _parsed(path: Path, number: int, found: Any, model: type[M]) -> M:
    try:
        return model.model_validate(found)
    except ValidationError as error:
        raise _bad(path, number, misfit(error, model, "line")) from None


def _bad(path: Path, number: int, problem: str) -> DomainError:
    return DomainError(f"{path}, line {number}: {problem}")


def _rank(problem: Problem) -> str:
    question = problem.item.question.encode("utf-8", "surrogatepass")
    return hashlib.sha256(question).hexdigest()


def _try_out(path: Path, task: UserTask) -> None:
    """Run a user's own scorer once, so that a mistake in it is not taken for wrong replies."""
    if isinstance(task.scorer, SandboxedScorer):
        first = task.questions[0]
        problem = task.scorer.problem(first.item.question, first.answer, first.answer)
        if problem:
            raise DomainError(f"{path}: scorer: {problem}")

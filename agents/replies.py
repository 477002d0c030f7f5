"""What each agent answers, as data."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, create_model

from ..space import Level
from ..space.canonical import ID_LENGTH
from .llm.structured import Answer

MOST_CITES = 8
LONGEST_MARK = ID_LENGTH  # a candidate's


def _cut(most: int) -> BeforeValidator:
    """Texts have a longest length in the schema, for back-ends that hold to it; from the
    others what is longer is cut, since a long answer is still an answer."""
    return BeforeValidator(lambda v: v.strip()[:most] if isinstance(v, str) else v)


Idea: TypeAlias = Annotated[str, Field(min_length=1, max_length=400), _cut(400)]
Remark: TypeAlias = Annotated[str, Field(max_length=400), _cut(400)]
Mark: TypeAlias = Annotated[str, Field(max_length=LONGEST_MARK), _cut(LONGEST_MARK)]


def _some(value: object) -> object:
    return value[:MOST_CITES] if isinstance(value, list) else value


def _share(value: object) -> object:
    """Many models say 85 where they mean 0.85, and small ones a little more than 1."""
    if not isinstance(value, int | float) or not 1 < value <= 100:
        return value
    return value / 100 if value >= 2 else 1.0


class Plan(Answer):
    """The planner's: one change, why, what would refute it, and what it draws upon."""

    idea: Idea
    motivation: Remark
    expectation: Remark
    cites: Annotated[list[Mark], BeforeValidator(_some), Field(max_length=MOST_CITES)]


class Verdict(Answer):
    """The novelty judge's: the mark of what the idea repeats, or "none"."""

    repeats: Mark
    reason: Remark


class Choice(Answer):
    """A number from a menu; `choice_of(n)` is the one for a menu of n."""

    number: int
    reason: Remark


class Critique(Answer):
    """The critic's, before an experiment."""

    verdict: Literal["run", "revise", "drop"]
    remarks: Remark


class Paragraph(Answer):
    """The adviser's: a paragraph for a role's prompt."""

    advice: Idea


class Conclusion(Answer):
    """The critic's, after an experiment."""

    insight: Idea
    expectation_met: Literal["yes", "no", "unclear"]
    scope: Literal["candidate", "level", "domain"]
    confidence: Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]


@cache
def choice_of(count: int) -> type[Choice]:
    """A choice whose numbers go from 1 to `count`, also in its schema."""
    numbers: Any = Literal[tuple(range(1, count + 1))]
    return create_model("Choice", __base__=Choice, number=(numbers, ...))


def described(plan: Plan, level: Level | None) -> str:
    """A plan as it is kept with its candidate: the idea first, one thing a line."""
    where = f" [{level}]" if level else ""
    lines = [f"{_one_line(plan.idea)}{where}"]
    for label, text in (("Because", plan.motivation), ("Expected", plan.expectation)):
        if text:
            lines.append(f"{label}: {_one_line(text)}")
    if plan.cites:
        lines.append(f"Cites: {', '.join(plan.cites)}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())

"""A proposal in the making, as it passes from agent to agent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from ..space import Blueprint, Candidate, Level
from .author import Request
from .desk import Turn
from .recall import Note
from .replies import Plan, described


class Way(StrEnum):
    """How the coder turns an idea into a program; the value is its template's name."""

    MENU = "choose"
    PATCH = "patch"
    WRITE = "write"


@dataclass(frozen=True)
class Step:
    """What is decided at one level. Without a planner there is no idea to follow."""

    level: Level | None
    idea: str = ""
    text: str = ""

    @classmethod
    def of(cls, plan: Plan, level: Level | None) -> Step:
        return cls(level, plan.idea, described(plan, level))


@dataclass(frozen=True)
class Draft:
    """What the coder made: source, with its blueprint where it came from the menu.

    `choices` are the labels of the menu that it chose, and `refused` the blueprints that
    a repair must not choose again.
    """

    source: str
    way: Way
    blueprint: Blueprint | None = None
    choices: tuple[str, ...] = ()
    refused: tuple[Blueprint, ...] = ()


class State(TypedDict):
    """What the team's graph carries: plain values, each written by one agent."""

    turn: Turn
    request: Request
    levels: tuple[Level | None, ...]
    steps: tuple[Step, ...]
    tried: tuple[Note, ...]
    repeats: int
    draft: Draft | None
    candidate: Candidate | None
    fault: str
    repairs: int
    verdict: str
    ended: str


def begin(turn: Turn, request: Request, levels: tuple[Level | None, ...]) -> State:
    """The state before anybody has worked; `levels` are still to be planned, in order."""
    return State(
        turn=turn,
        request=request,
        levels=levels,
        steps=(),
        tried=(),
        repeats=0,
        draft=None,
        candidate=None,
        fault="",
        repairs=0,
        verdict="",
        ended="",
    )


def idea_of(state: State) -> str:
    """What is kept with the candidate as its idea: the plan, or what the coder chose."""
    draft = state["draft"]
    planned = [step.text for step in state["steps"] if step.text]
    chosen = [f"Chosen: {label}" for label in draft.choices] if draft else []
    return "\n".join([*planned, *chosen]) or state["request"].operator

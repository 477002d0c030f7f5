"""The planner, and the judge of whether its idea is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import recall
from .context import Library
from .desk import Desk
from .draft import State, Step
from .recall import Note
from .replies import Plan, Verdict

NEAR = 0.4
SAME = 0.95
"""Likeness of two ideas: below NEAR nobody is asked, above SAME nobody needs to be."""

COMPARED = 4
"""How many earlier ideas the judge sees."""


@dataclass(frozen=True)
class Planner:
    """Says what to change, at one level after the other."""

    desk: Desk

    def __call__(self, state: State) -> dict[str, Any]:
        turn, request = state["turn"], state["request"]
        level = state["levels"][0]
        plan = self.desk.json(
            turn,
            "planner",
            "planner",
            Plan,
            level=level,
            operator=request.operator,
            steps=state["steps"],
            tried=state["tried"],
            feedback=state["fault"],
        )
        # A model cites what it likes; what it was not shown is no source.
        cited = [mark for mark in plan.cites if mark in turn.context.marks]
        step = Step.of(plan.model_copy(update={"cites": cited}), level)
        return {"steps": (*state["steps"], step), "levels": state["levels"][1:]}


@dataclass(frozen=True)
class NoveltyJudge:
    """Sends back an idea that was tried before, with what came of it.

    After `max_repeats` times the idea goes on all the same: its program may be new.
    """

    desk: Desk
    library: Library
    max_repeats: int = 2

    def __call__(self, state: State) -> dict[str, Any]:
        if state["repeats"] >= self.max_repeats:
            return {"tried": ()}
        *before, step = state["steps"]
        repeated = self._repeated(state, step.idea)
        if repeated is None:
            return {"tried": ()}
        outcome = recall.results(self.desk.memory, repeated.id)
        note = Note(repeated.id, f"{repeated.text}\n{outcome}")
        return {
            "steps": tuple(before),
            "levels": (step.level, *state["levels"]),
            "tried": (*state["tried"], note),
            "repeats": state["repeats"] + 1,
        }

    def _repeated(self, state: State, idea: str) -> Note | None:
        notes = self.library.ideas_like(idea, COMPARED)
        likeness = self.library.likeness(idea, [note.text for note in notes])
        near = sorted(zip(likeness, notes, strict=True), key=lambda pair: -pair[0])
        near = [(likeness, note) for likeness, note in near if likeness >= NEAR]
        if not near:
            return None
        if near[0][0] >= SAME:
            return near[0][1]
        tried = [note for _, note in near]
        verdict = self.desk.json(
            state["turn"], "critic", "novelty", Verdict, idea=idea, tried=tried
        )
        return next((note for note in tried if note.id == verdict.repeats), None)

"""The coder and the debugger: from an idea to a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import Any

from ..space import Blueprint, Candidate, Level, Operator, Space
from . import code
from .author import Request
from .desk import Desk
from .draft import Draft, State, Step, Way, idea_of
from .replies import choice_of


@dataclass(frozen=True)
class Option:
    """One line of a menu, and the blueprint that it leads to."""

    label: str
    blueprint: Blueprint


@dataclass(frozen=True)
class Coder:
    """Makes a draft in one of three ways.

    `way` fixes it; None lets a bandit draw among those that the request allows, or takes
    the menu for the small models in this process. A menu shows at most `menu_size` options,
    drawn at random, and no more than two once they pass `chars` characters.
    """

    desk: Desk
    way: Way | None = None
    menu_size: int = 12
    chars: int = 24_000

    def __call__(self, state: State) -> dict[str, Any]:
        way = self._choose_way(state)
        if way is Way.MENU:
            draft = self._from_menu(state, refused=())
        elif way is Way.PATCH:
            source = state["request"].parents[0].source
            text = self._text(state, way, lambda reply: code.patched(source, reply))
            draft = Draft(text, way)
        else:
            draft = Draft(self._text(state, way, code.whole_file), way)
        return {"draft": draft, "fault": ""}

    def repair(self, state: State) -> dict[str, Any]:
        """Another draft, after the fault in the state: from the menu another choice."""
        draft = state["draft"]
        assert draft is not None
        repaired = {"fault": "", "repairs": state["repairs"] + 1}
        if draft.way is Way.MENU and draft.blueprint is not None:
            refused = (*draft.refused, draft.blueprint)
            return {**repaired, "draft": self._from_menu(state, refused)}
        text = self.desk.text(
            state["turn"],
            "coder",
            "debug",
            code.whole_file,
            idea=idea_of(state),
            source=draft.source,
            fault=state["fault"],
            excerpt=code.excerpt(draft.source, state["fault"]),
        )
        return {**repaired, "draft": replace(draft, source=text)}

    def _choose_way(self, state: State) -> Way:
        possible = ways(state["request"], self.desk.domain.space)
        if self.way in possible:
            return self.way
        models = self.desk.structured.client.settings.of_role("coder")
        if Way.MENU in possible and all(name.startswith("local/") for name in models):
            # Of models up to 1.5 billion parameters none wrote a working module, and most
            # edits fail; a number from a menu they can give.
            return Way.MENU
        arms = tuple(possible)
        return Way(self.desk.draw(state["turn"], "coder", arms, "template"))

    def _text(self, state: State, way: Way, read: Any) -> str:
        source: str = self.desk.text(
            state["turn"],
            "coder",
            way.value,
            read,
            level=state["request"].level,
            steps=[step for step in state["steps"] if step.text],
            feedback=state["fault"],
        )
        return source

    def _from_menu(self, state: State, refused: tuple[Blueprint, ...]) -> Draft:
        """One choice a level, each made on what the one before led to."""
        space = self.desk.domain.space
        assert space is not None
        request, rng = state["request"], state["turn"].rng
        steps = state["steps"] or (Step(request.level),)
        blueprint = _base(request, space, rng) if len(steps) > 1 else None
        choices: list[str] = []
        for step in steps:
            options = self._options(request, space, blueprint, step.level, refused, rng)
            chosen = self._choose(state, step, blueprint or _parent(request), options)
            blueprint = chosen.blueprint
            choices.append(chosen.label)
        assert blueprint is not None
        return Draft(space.render(blueprint), Way.MENU, blueprint, tuple(choices), refused)

    def _options(
        self,
        request: Request,
        space: Space,
        base: Blueprint | None,
        level: Level | None,
        refused: Sequence[Blueprint],
        rng: Random,
    ) -> list[Option]:
        options = menu(request, space, base, level, self.menu_size, rng)
        kept = [option for option in options if option.blueprint not in refused]
        drawn = rng.sample(kept, min(self.menu_size, len(kept)))
        ends = accumulate(len(option.label) for option in drawn)
        return drawn[: max(2, sum(end <= self.chars for end in ends))]

    def _choose(
        self, state: State, step: Step, design: Blueprint | None, options: Sequence[Option]
    ) -> Option:
        if not options:
            where = f" at the level {step.level}" if step.level else ""
            raise NoOptions(f"no change{where} fits this design")
        space = self.desk.domain.space
        assert space is not None
        choice = self.desk.json(
            state["turn"],
            "coder",
            Way.MENU.value,
            choice_of(len(options)),
            idea=step.idea,
            design=" ".join(space.tokens(design)) if design else "(none yet)",
            menu=[option.label for option in options],
            feedback=state["fault"],
        )
        return options[choice.number - 1]


class NoOptions(Exception):
    """The menu is empty: nothing to choose."""


def ways(request: Request, space: Space | None) -> list[Way]:
    """The ways in which a request can be coded."""
    possible = []
    if space is not None and (not request.parents or request.parents[0].blueprint is not None):
        possible.append(Way.MENU)
    if request.parents:
        possible.append(Way.PATCH)
    return [*possible, Way.WRITE]


def menu(
    request: Request,
    space: Space,
    base: Blueprint | None,
    level: Level | None,
    size: int,
    rng: Random,
) -> list[Option]:
    """What can be chosen: crossings of two parents, edits of `base` or the parent, or, where
    there is nothing to start from, fresh samples. Two parents of which nothing new can be
    crossed leave edits of the first."""
    parents = [p.blueprint for p in request.parents if p.blueprint is not None]
    if base is None and request.operator == Operator.RECOMBINE and len(parents) > 1:
        crossed = (space.crossover(parents[0], parents[1], rng) for _ in range(size))
        options = _distinct([Option(_news(space, c, parents[0]), c) for c in crossed], parents)
        if options:
            return options
    start = base or next(iter(parents), None)
    if start is None:
        fresh = (space.sample(rng) for _ in range(size))
        return _distinct([Option(" ".join(space.tokens(b)), b) for b in fresh], parents)
    levels = list(Level) if level is None else [level]
    edits = [edit for each in levels for edit in space.edits(start, each, rng)]
    return [Option(edit.label, space.apply(start, edit)) for edit in edits]


def candidate_of(state: State) -> Candidate:
    """The draft as a candidate; raises SyntaxError where it is not Python."""
    draft, request = state["draft"], state["request"]
    assert draft is not None
    return Candidate.from_source(
        draft.source,
        blueprint=draft.blueprint,
        parents=tuple(parent.id for parent in request.parents),
        level=request.level,
        operator=request.operator,
        idea=idea_of(state),
    )


def _base(request: Request, space: Space, rng: Random) -> Blueprint:
    return _parent(request) or space.sample(rng)


def _parent(request: Request) -> Blueprint | None:
    return request.parents[0].blueprint if request.parents else None


def _distinct(options: Sequence[Option], known: Sequence[Blueprint]) -> list[Option]:
    seen = set(known)
    kept = []
    for option in options:
        if option.blueprint not in seen:
            seen.add(option.blueprint)
            kept.append(option)
    return kept


def _news(space: Space, child: Blueprint, parent: Blueprint) -> str:
    """A crossing in words: what comes in and what goes."""
    before, after = set(space.tokens(parent)), set(space.tokens(child))
    comes, goes = sorted(after - before), sorted(before - after)
    words = [f"bring in {', '.join(comes)}"] if comes else ["rearrange"]
    return "; ".join(words + ([f"leave out {', '.join(goes)}"] if goes else []))

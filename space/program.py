"""The space of a domain that has no grammar: Python programs, edited as syntax trees.

FunSearch (Romera-Paredes et al. 2024) searches programs by language models; these edits
are what can be done without one. No program is ever run here.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ..harmless import shown
from .blueprint import Blueprint, make
from .levels import Level
from .mutations import changes, crossed
from .space import Edit
from .syntax import normalised, parse

MAX_MENU = 24
"""Edits on one menu: each takes a parse of the whole program."""

MAX_STEPS = 3
"""Edits between a sample and the program of the pool that it starts from."""


STEP_LEVELS = (
    (Level.NODE, Level.STRUCTURE),
    (Level.NODE, Level.STRUCTURE),
    (Level.NODE, Level.STRUCTURE),
    (Level.STRUCTURE, Level.NODE),
)
"""The levels that a step of a sample tries in turn; small edits are the likelier."""


@dataclass(frozen=True)
class ProgramSpace:
    """A `Space` of programs that start from `pool` and borrow from it.

    A blueprint is one node that holds the source: `program_blueprint` makes it.
    """

    pool: Sequence[str]

    def __post_init__(self) -> None:
        if not self.pool:
            raise ValueError("a program space needs at least one program to start from")
        for source in self.pool:
            parse(source)

    def sample(self, rng: Random) -> Blueprint:
        """A program of the pool after one to three edits, wherever it can be edited."""
        source = rng.choice(list(self.pool))
        for _ in range(rng.randint(1, MAX_STEPS)):
            levels = rng.choice(STEP_LEVELS)
            drawn = (next(changes(source, self.pool, level, rng), None) for level in levels)
            source = next((change[0] for change in drawn if change is not None), source)
        return program_blueprint(source)

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        """Up to MAX_MENU edits at `level`, of places that `rng` draws.

        A node edit changes an operator, or numbers of one statement; a structure edit a
        statement or an expression; a framework edit a whole function. Raises ValueError
        where `blueprint` holds no program.
        """
        source = normalised(source_of(blueprint))
        menu: dict[str, Edit] = {}
        for changed, label in changes(source, self.pool, level, rng):
            if changed != source and changed not in menu:
                menu[changed] = Edit(level, (), make("program", source=changed), label)
            if len(menu) == MAX_MENU:
                break
        return list(menu.values())

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        """`blueprint` after `edit`; raises ValueError where it does not fit."""
        if edit.path:
            raise ValueError(f"the edit's path {edit.path} leads nowhere: a program is one node")
        source_of(blueprint)
        source_of(edit.subtree)
        return edit.subtree

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        """`a` with numbers, a function, a statement or an expression of `b`."""
        child = crossed(normalised(source_of(a)), normalised(source_of(b)), rng)
        return a if child is None else program_blueprint(child)

    def render(self, blueprint: Blueprint) -> str:
        """The program; raises ValueError where `blueprint` holds none."""
        return source_of(blueprint)

    def tokens(self, blueprint: Blueprint) -> Sequence[str]:
        """The tree's node kinds, names and literals, parents first."""
        words = []
        for node in ast.walk(parse(source_of(blueprint))):
            words.append(type(node).__name__)
            value = getattr(node, "id", getattr(node, "attr", getattr(node, "value", None)))
            if isinstance(value, str | int | float):
                words.append(f"{type(node).__name__}={str(value)[:40]}")
        return words


def program_blueprint(source: str) -> Blueprint:
    """The blueprint of a program; raises ValueError where `source` is not Python."""
    return make("program", source=normalised(source))


def source_of(blueprint: Blueprint) -> str:
    """The program that a blueprint holds; raises ValueError where it holds none."""
    params = dict(blueprint.params)
    source = params.get("source")
    if blueprint.production != "program" or set(params) != {"source"} or blueprint.children:
        raise ValueError(f"expected a program and its source; got {shown(blueprint.production)}")
    if not isinstance(source, str):
        raise ValueError(f"a program's source is text; got {type(source).__name__}")
    parse(source)
    return source

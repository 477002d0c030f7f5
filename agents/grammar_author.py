"""The author that needs no language model: it edits blueprints through their grammar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from ..space import Blueprint, Candidate, Level, Space
from .author import Request

TRIES_PER_PROPOSAL = 4
"""Draws spent on one proposal before giving up on a distinct one."""


@dataclass(frozen=True)
class GrammarAuthor:
    """Proposes by sampling, editing and crossing blueprints of `space`.

    It is the embedded default, and the baseline that a language model must beat.
    """

    space: Space
    name: str = "grammar"

    def propose(self, request: Request, rng: Random) -> Sequence[Candidate]:
        """Up to `request.count` distinct candidates that differ from their parents."""
        found: dict[str, Candidate] = {}
        seen = {parent.id for parent in request.parents}
        for candidate in self._draws(request, rng):
            if candidate.id not in seen:
                seen.add(candidate.id)
                found[candidate.id] = candidate
            if len(found) == request.count:
                break
        return tuple(found.values())

    def _draws(self, request: Request, rng: Random) -> Iterator[Candidate]:
        """A bounded stream of drafts, duplicates included."""
        blueprints = [p.blueprint for p in request.parents if p.blueprint is not None]
        tries = TRIES_PER_PROPOSAL * request.count
        if not blueprints or request.operator in ("sample", "invent"):
            for _ in range(tries):
                yield self._draft(self.space.sample(rng), request, "a fresh sample")
        elif request.operator == "recombine" and len(blueprints) > 1:
            for _ in range(tries):
                child = self.space.crossover(blueprints[0], blueprints[1], rng)
                yield self._draft(child, request, "a part of the second parent in the first")
        else:
            yield from self._edited(blueprints, request, rng, tries)

    def _edited(
        self, blueprints: Sequence[Blueprint], request: Request, rng: Random, tries: int
    ) -> Iterator[Candidate]:
        levels = [request.level] if request.level is not None else list(Level)
        menu = [
            (blueprint, edit)
            for blueprint in blueprints
            for level in levels
            for edit in self.space.edits(blueprint, level, rng)
        ]
        for blueprint, edit in rng.sample(menu, min(tries, len(menu))):
            yield self._draft(self.space.apply(blueprint, edit), request, edit.label, edit.level)

    def _draft(
        self, blueprint: Blueprint, request: Request, idea: str, level: Level | None = None
    ) -> Candidate:
        return Candidate.from_source(
            self.space.render(blueprint),
            blueprint=blueprint,
            parents=tuple(parent.id for parent in request.parents),
            level=level or request.level,
            operator=request.operator,
            idea=idea,
        )

"""The author that needs no language model: it edits blueprints through their grammar."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..space import Blueprint, Candidate, Finite, Level, Operator, Space
from .author import Request

TRIES_PER_PROPOSAL = 4
"""Draws spent on one proposal before giving up on a distinct one."""


@dataclass
class GrammarAuthor:
    """Proposes by sampling, editing and crossing blueprints of `space`.

    It is the embedded default, and the baseline that a language model must beat. `frugal` takes
    the place of `space` where most of what that proposes turns out to be too slow.
    """

    space: Space
    frugal: Space | None = None
    name: str = "grammar"

    def economise(self) -> bool:
        self.space = self.frugal or self.space
        return self.frugal is not None

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

    def any_left(self, known: Container[str], rng: Random) -> Candidate | None:
        """Any candidate whose id is not `known`; None where all are, or the space has no end."""
        every = self.space.shuffled(rng) if isinstance(self.space, Finite) else ()
        fresh = Request(Operator.SAMPLE, None, ())
        drafts = (self._draft(each, fresh, (), "one that was left") for each in every)
        return next((draft for draft in drafts if draft.id not in known), None)

    def _draws(self, request: Request, rng: Random) -> Iterator[Candidate]:
        """A bounded stream of drafts, duplicates included."""
        parents = {p.id: p.blueprint for p in request.parents if p.blueprint is not None}
        tries = TRIES_PER_PROPOSAL * request.count
        if not parents or request.operator == Operator.SAMPLE:
            for _ in range(tries):
                yield self._draft(self.space.sample(rng), request, (), "a fresh sample")
        elif request.operator == Operator.RECOMBINE and len(parents) > 1:
            first, *others = parents
            names = {parent.id: parent.name or parent.id for parent in request.parents}
            for _ in range(tries):
                other = rng.choice(others)
                child = self.space.crossover(parents[first], parents[other], rng)
                old, new = _changed(parents[first], child)
                taken, given = _words(new), _words(old)
                crossed = f"{taken} of {names[other]} for {given}"
                idea = crossed if taken != given else f"crossed with {names[other]}"
                yield self._draft(child, request, (first, other), idea)
        else:
            yield from self._edited(parents, request, rng, tries)

    def _edited(
        self, parents: Mapping[str, Blueprint], request: Request, rng: Random, tries: int
    ) -> Iterator[Candidate]:
        levels = [request.level] if request.level is not None else list(Level)
        menu = [
            (parent, edit)
            for parent, blueprint in parents.items()
            for level in levels
            for edit in self.space.edits(blueprint, level, rng)
        ]
        for parent, edit in rng.sample(menu, min(tries, len(menu))):
            child = self.space.apply(parents[parent], edit)
            yield self._draft(child, request, (parent,), edit.label, edit.level)

    def _draft(
        self,
        blueprint: Blueprint,
        request: Request,
        parents: tuple[str, ...],
        idea: str,
        level: Level | None = None,
    ) -> Candidate:
        """A candidate whose parents are those that it was made from."""
        return Candidate.from_source(
            self.space.render(blueprint),
            blueprint=blueprint,
            parents=parents,
            level=level or request.level,
            operator=request.operator,
            idea=idea,
        )


def _changed(before: Blueprint, after: Blueprint) -> tuple[Blueprint, Blueprint]:
    """The smallest part that holds all that differs, as it was and as it is."""
    while _head(before) == _head(after):
        pairs = zip(before.children, after.children, strict=True)
        differing = [(old, new) for old, new in pairs if old != new]
        if len(differing) != 1:
            break
        before, after = differing[0]
    return before, after


def _head(part: Blueprint) -> tuple[object, ...]:
    return part.production, part.params, len(part.children)


def _words(part: Blueprint) -> str:
    """Its production and parameters; a parameter of several lines, such as a program, is none."""
    said = (f"{name} {value}" for name, value in part.params)
    params = ", ".join(words for words in said if "\n" not in words)
    return part.production.replace("_", " ") + (f" ({params})" if params else "")

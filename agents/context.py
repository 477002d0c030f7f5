"""What a proposal is grounded in: parents, relatives, insights, knowledge, warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import TypeVar

from ..evaluators.domain import Domain
from ..memory import Memory, candidates
from ..memory.retrieval import Retriever
from ..space import Candidate
from . import recall
from .author import Request
from .recall import Note

T = TypeVar("T")

ELITES = 2
SIBLINGS = 3
NOTES = 3
"""How many of each are shown; which of the best `POOL` times as many, chance decides."""
POOL = 4

SHARES = {"parents": 0.5, "relatives": 0.7, "insights": 0.8, "knowledge": 0.9, "warnings": 1.0}
"""The part of the room that may be filled once each section is in: what one leaves, the
next may use."""


@dataclass(frozen=True)
class Shown:
    """A candidate as an agent sees it. `source` may be empty, or cut short; `descent` says what
    became of the programs made from it, `feedback` where its own runs fell short."""

    id: str
    results: str
    idea: str = ""
    source: str = ""
    relation: str = ""
    descent: str = ""
    feedback: str = ""


@dataclass(frozen=True)
class Context:
    """What one proposal sees. `chars` says how much of it each section takes."""

    parents: tuple[Shown, ...] = ()
    relatives: tuple[Shown, ...] = ()
    insights: tuple[Note, ...] = ()
    knowledge: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    chars: Mapping[str, int] = field(default_factory=dict)

    @property
    def marks(self) -> set[str]:
        """What may be cited."""
        shown = {candidate.id for candidate in (*self.parents, *self.relatives)}
        notes = (*self.insights, *self.knowledge, *self.warnings)
        return shown | {note.id for note in notes}


def shortened(text: str, chars: int) -> str:
    """`text`, or as much of its beginning as `chars` allow, saying how much is left out."""
    if len(text) <= chars:
        return text
    return text[:chars] + f"\n[{len(text) - chars} characters left out]" if chars else ""


class Room:
    """Characters left, section by section."""

    def __init__(self, chars: int) -> None:
        self.total = chars
        self.used: dict[str, int] = {}

    def fit(self, text: str, section: str) -> str:
        """`text`, or as much of its beginning as the section still has room for."""
        left = max(0, int(SHARES[section] * self.total) - sum(self.used.values()))
        self.used[section] = self.used.get(section, 0) + min(len(text), left)
        return shortened(text, left)


@dataclass(frozen=True)
class Library:
    """Looks up, in memory, what the agents of one campaign are shown.

    `chars` bounds all of it together. `retrieve` switches relatives, insights, knowledge
    and warnings off for an ablation.
    """

    memory: Memory
    campaign: str
    domain: Domain
    chars: int = 24_000
    retrieve: bool = True

    def context(self, request: Request, rng: Random) -> Context:
        """What to show for `request`: the nearest by words, varied by chance."""
        room = Room(self.chars)
        parents = tuple(self.parent(p, room) for p in request.parents)
        if not self.retrieve:
            return Context(parents, self._example(parents, room, rng), chars=room.used)
        words = " ".join([request.level or "", *(recall.headline(p) for p in request.parents)])
        return Context(
            parents=parents,
            relatives=self._relatives(request, room, rng),
            insights=self._notes("insights", self._insights(words), room, rng),
            knowledge=self._notes("knowledge", self._knowledge(words), room, rng),
            warnings=self._notes("warnings", self._failures(request.decision), room, rng),
            chars=room.used,
        )

    def parent(
        self, candidate: Candidate, room: Room, relation: str = "", code: bool = True
    ) -> Shown:
        """A candidate that was edited, with what came of that so far."""
        section = "parents" if code else "relatives"
        descent = room.fit(recall.descent(self.memory, self.domain, candidate.id), section)
        return replace(self.show(candidate, section, room, relation, code), descent=descent)

    def show(
        self, candidate: Candidate, section: str, room: Room, relation: str = "", code: bool = True
    ) -> Shown:
        """The candidate with what its runs showed; how it fell short where it is to be edited."""
        edited = section == "parents"
        feedback = recall.feedback(self.memory, candidate.id) if edited else ""
        return Shown(
            id=candidate.id,
            results=room.fit(recall.results(self.memory, candidate.id), section),
            idea=room.fit(candidate.idea or candidate.name, section),
            feedback=room.fit(feedback, section),
            source=room.fit(candidate.source, section) if code else "",
            relation=relation,
        )

    def get(self, id_: str) -> Candidate:
        return candidates.get(self.memory, id_)

    def ideas_like(self, idea: str, limit: int) -> list[Note]:
        """What was proposed before, the most alike in words first."""
        return recall.ideas_like(self._retriever, self.domain.name, idea, limit)

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """How like `text` each of `others` is, by the memory's embedding: up to 1."""
        first, *rest = self._retriever.embedder.embed([text, *others])
        return [float(first @ vector) for vector in rest]

    @cached_property
    def _retriever(self) -> Retriever:
        return Retriever(self.memory)

    def _relatives(self, request: Request, room: Room, rng: Random) -> tuple[Shown, ...]:
        shown = []
        parents = {p.id for p in request.parents}
        for parent in request.parents[:1]:
            for grandparent in parent.parents[:1]:
                relative = self.get(grandparent)
                shown.append(self.show(relative, "relatives", room, "Grandparent", code=False))
            siblings = recall.children(self.memory, parent.id, None, POOL * SIBLINGS)
            for id_ in _some(siblings, SIBLINGS, rng):
                relative = self.get(id_)
                relation = "Made from the same parent:"
                shown.append(self.show(relative, "relatives", room, relation, code=False))
        tiers = [tier.name for tier in self.domain.tiers if tier.ranks]
        best = recall.best(self.memory, self.domain.name, tiers, POOL * ELITES)
        for id_ in _some([i for i in best if i not in parents], ELITES, rng):
            shown.append(self.show(self.get(id_), "relatives", room, "Among the best:"))
        fitted = tuple(relative for relative in shown if relative.results)
        return fitted or self._example(request.parents, room, rng)

    def _example(self, parents: Sequence[object], room: Room, rng: Random) -> tuple[Shown, ...]:
        """Without a parent, one published design that keeps the contract."""
        if parents or not self.domain.references:
            return ()
        name = rng.choice(sorted(self.domain.references))
        return (self.show(self.domain.references[name], "relatives", room, "Reference"),)

    def _insights(self, words: str) -> list[Note]:
        return recall.insights(self._retriever, self.domain.name, words, POOL * NOTES)

    def _knowledge(self, words: str) -> list[Note]:
        return recall.knowledge(self._retriever, self.domain.name, words, POOL * NOTES)

    def _failures(self, decision: int | None) -> list[Note]:
        return recall.failures(self.memory, self.campaign, POOL * NOTES, but=decision)

    @staticmethod
    def _notes(section: str, found: Sequence[Note], room: Room, rng: Random) -> tuple[Note, ...]:
        fitted = (Note(n.id, room.fit(n.text, section)) for n in _some(found, NOTES, rng))
        return tuple(note for note in fitted if note.text)


def _some(found: Sequence[T], count: int, rng: Random) -> list[T]:
    return rng.sample(list(found), min(count, len(found)))

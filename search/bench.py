"""One search on one table: no sandbox, no database, every query counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..evaluators.tabular import QueryCounter, TabularDomain
from ..space import Candidate, Level
from ..space.encodings import Genome
from .strategy import Intent, Outcome, Strategy

TRIES = 50
"""Intents without a new candidate in a row before a fresh sample stands in."""


@dataclass(frozen=True)
class Trace:
    """The rows that were queried, in order; scores are higher-is-better, None if failed."""

    rows: Sequence[int]
    scores: Sequence[float | None]


@dataclass
class TableAuthor:
    """Draws proposals from a table's space; what was queried is never proposed again."""

    domain: TabularDomain
    seen: set[str]
    tried: dict[str, Genome]

    def propose(self, intent: Intent, rng: Random) -> list[Candidate]:
        """Up to `intent.width` distinct candidates that were not queried."""
        parents = [self.tried[parent] for parent in intent.parents]
        if intent.operator == "recombine" and len(parents) > 1:
            drawn = self._crossed(parents, intent.width, rng)
        elif parents:
            drawn = self._edited(parents, intent.level, intent.width, rng)
        else:
            drawn = [self.domain.space.draw(rng) for _ in range(4 * intent.width)]
        found: dict[str, Candidate] = {}
        for genome in drawn:
            candidate = self.domain.candidate(genome, intent.parents, intent.level, intent.operator)
            if candidate.id not in self.seen:
                found[candidate.id] = candidate
                if len(found) == intent.width:
                    break
        return list(found.values())

    def _crossed(self, parents: list[Genome], width: int, rng: Random) -> list[Genome]:
        space = self.domain.space
        return [space.cross(parents[0], rng.choice(parents[1:]), rng) for _ in range(2 * width)]

    def _edited(
        self, parents: list[Genome], level: Level | None, width: int, rng: Random
    ) -> list[Genome]:
        levels = list(self.domain.spec.moves()) if level is None else [level]
        near = [
            other
            for parent in parents
            for each in levels
            for other in self.domain.space.neighbours(parent, each, rng)
        ]
        rng.shuffle(near)
        return near


def search(
    domain: TabularDomain, strategy: Strategy[Any], counter: QueryCounter, queries: int, rng: Random
) -> Trace:
    """Ask, propose, choose, query and tell, until `queries` are spent."""
    author = TableAuthor(domain, set(), {})
    state = strategy.initial()
    rows: list[int] = []
    scores: list[float | None] = []
    while counter.queries < queries:
        intent, proposals = _proposals(strategy, state, author, rng)
        counter.offer(proposals)
        chosen = strategy.choose(state, intent, proposals, rng)
        score = counter.query(chosen)
        author.seen.add(chosen.id)
        rows.append(domain.row(chosen))
        author.tried[chosen.id] = domain.table.genomes[rows[-1]]
        scores.append(score)
        strategy.tell(state, Outcome(chosen, score, intent.ticket))
    return Trace(rows, scores)


def _proposals(
    strategy: Strategy[Any], state: Any, author: TableAuthor, rng: Random
) -> tuple[Intent, list[Candidate]]:
    for _ in range(TRIES):
        intent = strategy.ask(state, rng)
        proposals = author.propose(intent, rng)
        if proposals:
            return intent, proposals
        strategy.abandon(state, intent.ticket)
    intent = strategy.ask(state, rng)
    fresh = Intent(intent.ticket, "sample", None, (), intent.width)
    return fresh, author.propose(fresh, rng)

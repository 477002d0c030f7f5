"""One search on one table: no sandbox, no database, every query counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from random import Random
from typing import Any

from ...evaluators.stopping import StoppedEarly
from ...evaluators.tabular import QueryCounter, TabularDomain
from ...space import Candidate, Operator
from ...space.encodings import Genome
from ..strategies.contract import Intent, Outcome, Strategy
from ..tiers.curves import CurveStopper

TRIES = 50
"""Intents without a new candidate in a row before any row that is left stands in; a campaign takes
a few more (`campaign.learner.MAX_DRY_ASKS`)."""


@dataclass(frozen=True)
class Trace:
    """The rows that were queried, in order; scores are higher-is-better.

    A score is None where the run failed or was stopped. `spent` is what they took together
    up to each of them, in whole queries.
    """

    rows: Sequence[int]
    scores: Sequence[float | None]
    spent: Sequence[float]


Draft = tuple[tuple[str, ...], Genome]
"""The parents of a proposal, and its row."""


@dataclass
class TableAuthor:
    """Draws proposals from a table's space; what was queried is never proposed again.

    It offers what the campaigns' `GrammarAuthor` does, without the cost of trees and programs.
    Unlike there, and kept so since what was published was measured with it: a place without
    partners is not edited where it was to be recombined; an edit at any level is noted without
    one; and all edits of a place are gone through, not four times as many as are wanted.
    """

    domain: TabularDomain
    tried: dict[str, Genome] = field(default_factory=dict)

    def propose(self, intent: Intent, rng: Random) -> list[Candidate]:
        """Up to `intent.width` distinct candidates that were not queried."""
        found: dict[str, Candidate] = {}
        for parents, genome in self._drafts(intent, rng):
            candidate = self.domain.candidate(genome, parents, intent.level, intent.operator)
            if candidate.id not in self.tried:
                found.setdefault(candidate.id, candidate)
                if len(found) == intent.width:
                    break
        return list(found.values())

    def any_left(self, rng: Random) -> Candidate:
        """A row that was not queried, whatever it is; raises IndexError where all were."""
        known = set(self.tried.values())
        return self.domain.candidate(
            rng.choice([g for g in self.domain.table.genomes if g not in known])
        )

    def _drafts(self, intent: Intent, rng: Random) -> list[Draft]:
        if intent.operator == Operator.SAMPLE:
            return [((), self.domain.space.draw(rng)) for _ in range(4 * intent.width)]
        if intent.operator == Operator.RECOMBINE:
            return self._crossed(intent, rng)
        return self._edited(intent, rng)

    def _crossed(self, intent: Intent, rng: Random) -> list[Draft]:
        """The first parent with codes of any other."""
        first, *others = intent.parents
        drafts: list[Draft] = []
        for _ in range(2 * intent.width if others else 0):
            other = rng.choice(others)
            mixed = self.domain.space.cross(self.tried[first], self.tried[other], rng)
            drafts.append(((first, other), mixed))
        return drafts

    def _edited(self, intent: Intent, rng: Random) -> list[Draft]:
        """Every edit of every parent, shuffled."""
        levels = list(self.domain.space.moves) if intent.level is None else [intent.level]
        drafts: list[Draft] = [
            ((parent,), near)
            for parent in intent.parents
            for level in levels
            for near in self.domain.space.neighbours(self.tried[parent], level, rng)
        ]
        rng.shuffle(drafts)
        return drafts


def search(
    domain: TabularDomain,
    strategy: Strategy[Any],
    counter: QueryCounter,
    queries: int,
    rng: Random,
    *,
    stopping: bool = False,
) -> Trace:
    """Ask, propose, choose, query and tell, until `queries` are spent or all rows known.

    With `stopping`, queries that will hardly lead end early, by the table's fidelities.
    """
    author = TableAuthor(domain)
    state = strategy.initial()
    rows: list[int] = []
    scores: list[float | None] = []
    spent: list[float] = []
    best: float | None = None
    while counter.spent < queries and len(rows) < len(domain.table):
        intent, proposals = _proposals(strategy, state, author, rng)
        counter.offer(proposals)
        chosen = strategy.choose(state, intent, proposals, rng)
        score, told = _query(counter, chosen, best if stopping else None)
        rows.append(domain.row(chosen))
        author.tried[chosen.id] = domain.table.genomes[rows[-1]]
        scores.append(score)
        spent.append(counter.spent)
        best = max((known for known in (best, score) if known is not None), default=None)
        strategy.tell(state, Outcome(chosen, told, intent.ticket, _place(domain, rows[-1])))
    return Trace(rows, scores, spent)


def _query(
    counter: QueryCounter, chosen: Candidate, best: float | None
) -> tuple[float | None, float | None]:
    """The score, and what the strategy is told: of a stopped run, where it was headed."""
    domain = counter.domain
    sign, final = domain.objectives[0].sign, domain.last_step(domain.tiers[0])
    watch = None if best is None or not final else CurveStopper(sign * best, final, sign)
    try:
        score = counter.query(chosen, watch)
    except StoppedEarly as stopped:
        return None, sign * stopped.foreseen
    return score, score


def _place(domain: TabularDomain, row: int) -> tuple[float, ...]:
    """Where a row lies by the domain's descriptors; nowhere where one is missing."""
    place = tuple(float(domain.table.costs[name][row]) for name in domain.descriptors)
    return place if all(map(isfinite, place)) else ()


def _proposals(
    strategy: Strategy[Any], state: Any, author: TableAuthor, rng: Random
) -> tuple[Intent, list[Candidate]]:
    for _ in range(TRIES):
        intent = strategy.ask(state, rng)
        proposals = author.propose(intent, rng)
        if proposals:
            return intent, proposals
        strategy.abandon(state, intent)
    intent = strategy.ask(state, rng)
    return intent, [author.any_left(rng)]

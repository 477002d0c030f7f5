"""Regularized evolution (Real et al. 2019): the oldest dies, the winner of a draw has a child."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from ...space import Candidate, Operator
from .contract import Intent, Outcome
from .tickets import Tickets


@dataclass
class EvolutionState:
    """The living, oldest first, as (score, id)."""

    population: deque[tuple[float, str]] = field(default_factory=deque)
    told: int = 0
    tickets: Tickets = field(default_factory=Tickets)


@dataclass
class RegularizedEvolution:
    """Mutates the best of `tournament` drawn from the last `population` results.

    The defaults suit a few hundred evaluations; the paper's are 100 and 25 for 20,000.
    """

    population: int = 20
    tournament: int = 5

    def initial(self) -> EvolutionState:
        return EvolutionState()

    def ask(self, state: EvolutionState, rng: Random) -> Intent:
        if state.told + len(state.tickets) < self.population or not state.population:
            return state.tickets.issue(Operator.SAMPLE)
        drawn = rng.sample(list(state.population), min(self.tournament, len(state.population)))
        return state.tickets.issue(Operator.MUTATE, parents=(max(drawn)[1],))

    def choose(
        self, state: EvolutionState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        return proposals[0]

    def tell(self, state: EvolutionState, outcome: Outcome) -> None:
        if state.tickets.is_told(outcome.ticket):
            return
        state.tickets.close(outcome.ticket)
        state.told += 1
        if outcome.score is None:
            return
        state.population.append((outcome.score, outcome.candidate.id))
        if len(state.population) > self.population:
            state.population.popleft()

    def abandon(self, state: EvolutionState, intent: Intent) -> None:
        state.tickets.give_up(intent.ticket)

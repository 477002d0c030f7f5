"""First-improvement local search (White et al. 2021): move as soon as a neighbour is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from ...space import Candidate, Operator
from .contract import Intent, Outcome
from .tickets import Tickets


@dataclass
class LocalState:
    """Where the search stands; None where it starts afresh."""

    place: str | None = None
    score: float = 0.0
    told: int = 0
    tickets: Tickets = field(default_factory=Tickets)


@dataclass
class LocalSearch:
    """Starts from the best of `starts` samples, and from one sample after each optimum."""

    starts: int = 10

    def initial(self) -> LocalState:
        return LocalState()

    def ask(self, state: LocalState, rng: Random) -> Intent:
        if state.place is None or state.told + len(state.tickets) < self.starts:
            return state.tickets.issue(Operator.SAMPLE)
        return state.tickets.issue(Operator.MUTATE, parents=(state.place,))

    def choose(
        self, state: LocalState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        return proposals[0]

    def tell(self, state: LocalState, outcome: Outcome) -> None:
        if state.tickets.is_told(outcome.ticket):
            return
        state.tickets.close(outcome.ticket)
        state.told += 1
        if outcome.score is None:
            return
        if state.place is None or outcome.score > state.score:
            state.place, state.score = outcome.candidate.id, outcome.score

    def abandon(self, state: LocalState, intent: Intent) -> None:
        """No neighbour is left: an optimum. Start again elsewhere."""
        state.tickets.give_up(intent.ticket)
        if intent.parents == (state.place,):
            state.place = None

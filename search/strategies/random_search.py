"""Random search: the baseline that everything must beat."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ...space import Candidate, Operator
from .contract import Intent, Outcome
from .tickets import Tickets


class RandomSearch:
    """A fresh sample every time."""

    def initial(self) -> Tickets:
        return Tickets()

    def ask(self, state: Tickets, rng: Random) -> Intent:
        return state.issue(Operator.SAMPLE)

    def choose(
        self, state: Tickets, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        return proposals[0]

    def tell(self, state: Tickets, outcome: Outcome) -> None:
        state.close(outcome.ticket)

    def abandon(self, state: Tickets, intent: Intent) -> None:
        state.give_up(intent.ticket)

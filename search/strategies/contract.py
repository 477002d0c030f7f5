"""Ask and tell: the interface of every search strategy.

A strategy is an algorithm without state of its own; the state is passed in, so that it
can be rebuilt from memory by telling the stored outcomes again, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypeVar, runtime_checkable

from ...space import Candidate, Level, Operator
from ...value_model import Prediction

S = TypeVar("S")


@dataclass(frozen=True)
class Intent:
    """What to try next: an operator at a level on some parents (ids).

    `width` is how many proposals to draw, of which `choose` keeps one.
    """

    ticket: int
    operator: Operator
    level: Level | None
    parents: tuple[str, ...]
    width: int = 1


@dataclass(frozen=True)
class Outcome:
    """What became of a candidate. `score` is None where the run did not end well.

    Higher is better: whoever tells turns the sign of an objective to be minimised.
    `ticket` is None for what was not asked for: references, and replay from memory. `place`
    holds its descriptors' values; it is empty where they are not known.
    """

    candidate: Candidate
    score: float | None
    ticket: int | None = None
    place: tuple[float, ...] = ()


class Strategy(Protocol[S]):
    """An algorithm over explicit state. Late, duplicate and unknown tickets are harmless."""

    def initial(self) -> S:
        """The state before anything was tried."""
        ...

    def ask(self, state: S, rng: Random) -> Intent:
        """The next intent; marks it as in flight (virtual loss)."""
        ...

    def choose(
        self, state: S, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        """Which of `proposals` (at least one) to run."""
        ...

    def tell(self, state: S, outcome: Outcome) -> None:
        """Learn from an outcome; not again from one whose ticket was told already."""
        ...

    def abandon(self, state: S, intent: Intent) -> None:
        """An intent that led to no candidate: release it, and learn from that.

        Told again when the state is rebuilt, where no ticket of it is open.
        """
        ...


@dataclass(frozen=True)
class Outlook:
    """What a strategy expected when it chose, higher is better: kept with the proposal.

    `prediction` is that of the chosen one of `considered` proposals; it is only the prior
    where `informed` is False. `doubt` says why the predictions did not choose, or is empty;
    `reason` what did. `hopes` is what the others promise, by the parent to
    go on from: the part of the state that no outcome tells.
    """

    prediction: Prediction
    informed: bool
    considered: int
    reason: str
    doubt: str
    hopes: Mapping[str, float]


@runtime_checkable
class Predictive(Protocol):
    """A strategy that predicts before it chooses: optional."""

    def outlook(self, state: Any) -> Outlook | None:
        """What was expected at the last choice; None where nothing was predicted."""
        ...

    def recall(self, state: Any, hopes: Mapping[str, float]) -> None:
        """Take in the hopes of an earlier choice, once the outcomes before it were told."""
        ...


@runtime_checkable
class Foresighted(Protocol):
    """A strategy that also learns to predict dearer tiers than it searches at: optional."""

    def study(self, state: Any, candidate: Candidate, tier: str, score: float) -> None:
        """Learn to predict a dearer tier from a result there; the search itself is not told."""
        ...

    def foresee(self, state: Any, candidate: Candidate, tier: str) -> Prediction | None:
        """What a dearer tier will say of a candidate; None where too little is known of it."""
        ...

"""Runs that may end before they saw all items of their tier: optional for a domain.

A language model may take seconds for what else takes none, so that a tier takes minutes or days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..sandbox import Session
from ..space import Candidate, Evaluation, Space, Status
from .domain import Measurement, Tier

LEAST_ITEMS = 24
"""A score of the search rests on at least so many items."""
IN_TIME = 0.8
"""Of what a tier allows: a run ends by itself before it is stopped."""
ALLOWED, LEAST, BAR = "allowed_s", "least_items", "to_beat"
"""Metrics of a run that its bounds ended: what they were, so that it can be made again."""


@dataclass(frozen=True)
class Bounds:
    """How far a run goes.

    `seconds` bound what it waits for others, a language model say. A run that could not see
    `least` items in that time is rejected as soon as that shows. Where there is a `bar`, a run
    ends once it is settled whether its score lies below or above.
    """

    seconds: float
    least: int = 1
    bar: float | None = None

    @property
    def figures(self) -> dict[str, float]:
        """What is kept of them as metrics."""
        bar = {} if self.bar is None else {BAR: self.bar}
        return {ALLOWED: self.seconds, LEAST: float(self.least), **bar}


@runtime_checkable
class Sampled(Protocol):
    """A domain whose items come in an order drawn at random: any first few are a fair sample.

    Its references go from cheap to dear. The metrics hold, for the score NAME, an interval at
    95 % as NAME_low and NAME_high, and the number of `items`.
    """

    @property
    def frugal_space(self) -> Space | None:
        """The part of its space that waits for nobody; None where there is none such."""
        ...

    def run_within(
        self, candidate: Candidate, tier: Tier, seed: int, session: Session, bounds: Bounds
    ) -> Measurement:
        """As `run`, within `bounds`, whose figures are among the metrics where they cut it
        short. Raises Rejected, with these figures, for a run that is too slow.

        What the clock of this machine says decides nothing: the same replies end it at the
        same item.
        """
        ...


def too_slow(evaluation: Evaluation) -> bool:
    """Whether a run was rejected since too few items fit into its bounds."""
    return evaluation.status is Status.REJECTED and ALLOWED in evaluation.metrics


def bounds_again(evaluation: Evaluation) -> Bounds | None:
    """The bounds that ended a run, or None where none did."""
    figures = evaluation.metrics
    if ALLOWED not in figures:
        return None
    return Bounds(figures[ALLOWED], int(figures[LEAST]), figures.get(BAR))

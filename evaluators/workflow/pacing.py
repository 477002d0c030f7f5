"""When a run has seen enough items, and when it is too slow to see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..domain import Rejected, Verdict
from ..sampling import Bounds
from .runtime import Answer
from .statistics import settled


@dataclass(frozen=True)
class Bounded:
    """A pace by `bounds`. A workflow that asks no model is never cut short."""

    bounds: Bounds

    def wait(self, answers: Sequence[Answer], seconds: float) -> None:
        """Raises Rejected where the model is so slow that the least items will not fit.

        That is seen by the mean of the items so far: it may be what one item may take at most,
        and the more beyond it the fewer they are. So what is rejected waited hardly longer than
        its seconds, and mostly far less.
        """
        bounds, count = self.bounds, len(answers) + 1
        if count > bounds.least:
            return
        mean, most = (_asked(answers) + seconds) / count, bounds.seconds / bounds.least
        if mean > most * (1 + 1 / count):
            message = (
                f"pace: an item waits {mean:.3g} s for the model, so that {bounds.least} of them "
                f"do not fit into {bounds.seconds:.3g} s"
            )
            raise Rejected(Verdict("pace", False, message, mean, most, bounds.figures))

    def enough(self, answers: Sequence[Answer]) -> bool:
        """Whether the seconds are used, or the bar is settled."""
        asked, bar = _asked(answers), self.bounds.bar
        if not asked or len(answers) < self.bounds.least:
            return False
        scores = [answer.score for answer in answers]
        return asked >= self.bounds.seconds or (bar is not None and settled(scores, bar))


def _asked(answers: Sequence[Answer]) -> float:
    return math.fsum(answer.asked_s for answer in answers)

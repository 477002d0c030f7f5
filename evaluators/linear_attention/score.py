"""From losses to a score: each task between identity (0) and its floor (1), then weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .exam import Result

WEIGHTS = {"language": 0.45, "markov": 0.30, "recall": 0.25}
"""Shares of the composite score; recall is the mean over the recall tasks."""
PARTS = {"lm": "language", "markov": "markov", "icr": "recall", "icr32": "recall"}
"""The part of the composite that a task counts to."""
CHANCE = {"parity": 1 / 2, "s3": 1 / 6}
"""State-tracking tasks, and the accuracy of a guess."""
CEILING = 1.1


@dataclass(frozen=True)
class Anchor:
    """What a task's score is measured against: two losses in nats."""

    identity: float
    floor: float

    def score(self, loss: float) -> float:
        """0 for the identity's loss or worse, 1 for the floor's, at most 1.1."""
        share = (self.identity - loss) / (self.identity - self.floor)
        return min(max(share, 0.0), CEILING)


def raw_metrics(results: Mapping[str, Result]) -> dict[str, float]:
    """Loss and accuracy of every task."""
    losses = {f"{name}_loss": result.loss for name, result in results.items()}
    return losses | {f"{name}_accuracy": result.accuracy for name, result in results.items()}


def scores(raw: Mapping[str, float], anchors: Mapping[str, Anchor]) -> dict[str, float]:
    """`score`, its parts, and `state_tracking`, for the tasks that `raw` has.

    A tier without one of the parts weighs the others in proportion. Raises KeyError
    where a task of the composite has no anchor.
    """
    parts: dict[str, list[float]] = {}
    for task, part in PARTS.items():
        if f"{task}_loss" in raw:
            parts.setdefault(part, []).append(anchors[task].score(raw[f"{task}_loss"]))
    means = {part: sum(values) / len(values) for part, values in parts.items()}
    total = sum(WEIGHTS[part] for part in means)
    score = sum(WEIGHTS[part] * mean for part, mean in means.items()) / total
    return {"score": score, **means, "state_tracking": state_tracking(raw)}


def state_tracking(raw: Mapping[str, float]) -> float:
    """Accuracy on the state-tracking tasks: 0 for a guess, 1 for all right."""
    shares = [
        max(0.0, (raw[f"{task}_accuracy"] - chance) / (1 - chance))
        for task, chance in CHANCE.items()
        if f"{task}_accuracy" in raw
    ]
    return sum(shares) / len(shares)

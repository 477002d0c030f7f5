"""Which of several proposals to run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from .contract import Prediction, Predictor, Sample

Rule = Literal["ucb", "ei"]


@dataclass(frozen=True)
class Choice:
    """Which proposal to run (its position), why, and what was predicted of each."""

    index: int
    reason: str
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class Screen:
    """Chooses by an acquisition rule, and by chance with probability `explore`.

    The rules are `ucb`, one standard deviation above the mean, and `ei`, the expected
    improvement on the best. The defaults are what campaigns choose by.

    The floor keeps the model from being fed only what it likes. Where the model has too
    little to go by, or ranks no better than the parent's score does on held-back
    results, it stands aside: the choice is random and the reason says why.
    """

    rule: Rule = "ucb"
    explore: float = 0.05

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise ValueError(f"no acquisition rule {self.rule!r}; there are {get_args(Rule)}")
        if not 0 <= self.explore <= 1:
            raise ValueError(f"explore is a probability; got {self.explore}")

    def choose(
        self, model: Predictor, samples: Sequence[Sample], best: float, rng: Random
    ) -> Choice:
        """One of `samples` (at least one). `best` is the best score so far."""
        if not samples:
            raise ValueError("there is nothing to choose from")
        predictions = tuple(model.predict(samples))
        aside = f"the value model stands aside: {model.doubt}" if model.doubt else ""
        if len(samples) == 1:  # costs no chance: searches that start alike go on alike
            return Choice(0, aside or ONLY, predictions)
        chance = rng.random()
        pick = rng.randrange(len(samples))
        if aside:
            return Choice(pick, aside, predictions)
        if chance < self.explore:
            return Choice(pick, EXPLORATION, predictions)
        worth = [(self._worth(p, best), p.mean) for p in predictions]
        return Choice(worth.index(max(worth)), self.rule, predictions)

    def _worth(self, prediction: Prediction, best: float) -> float:
        return prediction.hope if self.rule == "ucb" else expected_improvement(prediction, best)


EXPLORATION = "exploration"
"""The reason of a choice that was left to chance to learn from it."""
ONLY = "the only proposal"
"""The reason of a choice among one."""


def expected_improvement(prediction: Prediction, best: float) -> float:
    """How much a run is expected to exceed `best` (Jones et al. 1998, equation 15)."""
    spread = prediction.hope - prediction.mean
    if spread <= 0:
        return max(prediction.mean - best, 0.0)
    z = (prediction.mean - best) / spread
    if z < -5:
        # Mills' ratio: the difference below would lose its digits.
        return spread * _density(z) / (z * z)
    return spread * (z * 0.5 * math.erfc(-z / math.sqrt(2)) + _density(z))


def _density(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)

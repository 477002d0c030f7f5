"""Which of several proposals to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .contract import Prediction, Sample
from .model import ValueModel

Array = NDArray[np.float64]
Rule = Literal["ei", "thompson", "mean"]


@dataclass(frozen=True)
class Choice:
    """Which proposal to run (its position), why, and what was predicted of each."""

    index: int
    reason: str
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class Screen:
    """Chooses by an acquisition rule, and by chance with probability `explore`.

    The floor keeps the model from being fed only what it likes. Where the model has too
    little to go by, or ranks no better than the parent's score does on held-back
    results, it stands aside: the choice is random and the reason says why.
    """

    rule: Rule = "ei"
    explore: float = 0.1

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise ValueError(f"no acquisition rule {self.rule!r}; there are {get_args(Rule)}")
        if not 0 <= self.explore <= 1:
            raise ValueError(f"explore is a probability; got {self.explore}")

    def choose(
        self, model: ValueModel, samples: Sequence[Sample], best: float, rng: Random
    ) -> Choice:
        """One of `samples` (at least one). `best` is the best score so far."""
        if not samples:
            raise ValueError("there is nothing to choose from")
        predictions = tuple(model.predict(samples))
        chance = rng.random()
        pick = rng.randrange(len(samples))
        against = _doubt(model)
        if against:
            return Choice(pick, f"the value model stands aside: {against}", predictions)
        if chance < self.explore:
            return Choice(pick, "exploration", predictions)
        return Choice(int(np.argmax(self._worth(predictions, best, rng))), self.rule, predictions)

    def _worth(self, predictions: Sequence[Prediction], best: float, rng: Random) -> Array:
        means = np.array([p.mean for p in predictions])
        spreads = np.array([p.spread for p in predictions])
        if self.rule == "mean":
            return means
        if self.rule == "thompson":
            return means + spreads * np.array([rng.gauss(0, 1) for _ in predictions])
        return expected_improvement(means, spreads, best)


def expected_improvement(means: Array, spreads: Array, best: float) -> Array:
    """How much each is expected to exceed `best`, (n,) (Jones et al. 1998, equation 15)."""
    z = (means - best) / spreads
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return spreads * (z * ndtr(z) + density)


def _doubt(model: ValueModel) -> str:
    report = model.report
    if report is None:
        return model.status
    if report.trusted:
        return ""
    if report.tau <= report.chance:
        rival = f"the {report.chance:.2f} of luck"
    else:
        rival = f"the parent's {report.parent_tau:.2f}"
    return f"held-back Kendall tau {report.tau:.2f} is no better than {rival}"

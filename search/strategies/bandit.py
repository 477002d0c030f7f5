"""A bandit over a few arms whose pay drifts: which level and operator gain lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

Arm = TypeVar("Arm")


@dataclass
class ThompsonBandit(Generic[Arm]):
    """Thompson sampling on Beta posteriors whose evidence fades by `fade` at each result.

    Rewards lie in 0..1 (a fraction counts as part of a success: Agrawal and Goyal 2012).
    The fading is that of discounted Thompson sampling (Raj and Kalyani 2017).
    """

    fade: float = 0.98
    _won: dict[Arm, float] = field(default_factory=dict)
    _lost: dict[Arm, float] = field(default_factory=dict)

    def pick(self, arms: Sequence[Arm], rng: Random) -> Arm:
        """The arm whose drawn pay is highest; raises ValueError where there is none."""
        draws = [
            rng.betavariate(1 + self._won.get(a, 0.0), 1 + self._lost.get(a, 0.0)) for a in arms
        ]
        return arms[draws.index(max(draws))]

    def learn(self, arm: Arm, reward: float) -> None:
        for known in self._won:
            self._won[known] *= self.fade
            self._lost[known] *= self.fade
        self._won[arm] = self._won.get(arm, 0.0) + reward
        self._lost[arm] = self._lost.get(arm, 0.0) + 1.0 - reward

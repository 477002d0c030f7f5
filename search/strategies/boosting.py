"""Gradient boosting with local proposals: the strong classical baseline.

Proposals are one edit away from the best so far; LightGBM on one-hot positions (and, where
asked, the free figures) says which to run. A share is explored at random.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from ...space import Candidate, Operator
from ...value_model import Sample
from .baseline import BaselineMissing
from .baseline_view import View, view
from .contract import Intent, Outcome
from .tickets import Tickets


@dataclass
class BoostingState:
    views: list[View] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    model: Any = None
    columns: dict[str, int] = field(default_factory=dict)
    tickets: Tickets = field(default_factory=Tickets)


class GradientBoosting:
    """`elite` best candidates are parents in turn; raises BaselineMissing without LightGBM."""

    def __init__(
        self,
        describe: Callable[[Candidate], Sample] = Sample,
        *,
        free: bool = False,
        starts: int = 10,
        elite: int = 5,
        explore: float = 0.1,
        width: int = 25,
    ) -> None:
        try:
            import lightgbm  # noqa: F401
        except ImportError:
            raise BaselineMissing(
                "the boosting strategy needs LightGBM: pip install 'archdiscover[baselines]'"
            ) from None
        self._describe, self._free = describe, free
        self._starts, self._elite, self._explore, self._width = starts, elite, explore, width

    def initial(self) -> BoostingState:
        return BoostingState()

    def ask(self, state: BoostingState, rng: Random) -> Intent:
        if len(state.scores) + len(state.tickets) < self._starts or not state.scores:
            return state.tickets.issue(Operator.SAMPLE)
        best = sorted(zip(state.scores, state.ids, strict=True), reverse=True)[: self._elite]
        parents = tuple(candidate_id for _, candidate_id in best)
        return state.tickets.issue(Operator.MUTATE, parents=parents, width=self._width)

    def choose(
        self, state: BoostingState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        if len(proposals) == 1 or rng.random() < self._explore:
            return rng.choice(proposals)
        if state.model is None:
            state.model = self._fit(state)
        views = [view(self._describe(candidate)) for candidate in proposals]
        predicted = state.model.predict(self._matrix(state, views))
        return proposals[int(np.argmax(predicted))]

    def tell(self, state: BoostingState, outcome: Outcome) -> None:
        if state.tickets.is_told(outcome.ticket):
            return
        state.tickets.close(outcome.ticket)
        if outcome.score is None:
            return
        state.views.append(view(self._describe(outcome.candidate)))
        state.scores.append(outcome.score)
        state.ids.append(outcome.candidate.id)
        state.model = None

    def abandon(self, state: BoostingState, intent: Intent) -> None:
        state.tickets.give_up(intent.ticket)

    def _fit(self, state: BoostingState) -> Any:
        from lightgbm import Booster, Dataset, train

        for each in state.views:
            for word in (*each.places, *(each.figures if self._free else ())):
                state.columns.setdefault(word, len(state.columns))
        settings = {
            "objective": "regression",
            "num_leaves": 15,
            "learning_rate": 0.1,
            "min_data_in_leaf": 3,
            "num_threads": 1,
            "verbosity": -1,
            "seed": len(state.scores),
        }
        data = Dataset(self._matrix(state, state.views), np.array(state.scores))
        model: Booster = train(settings, data, num_boost_round=60)
        return model

    def _matrix(self, state: BoostingState, views: Sequence[View]) -> np.ndarray:
        """One-hot positions and, where asked, the free figures: (views, columns)."""
        matrix = np.zeros((len(views), len(state.columns)))
        for row, each in enumerate(views):
            values = dict(each.places) | (dict(each.figures) if self._free else {})
            for word, value in values.items():
                if word in state.columns:
                    matrix[row, state.columns[word]] = value
        return matrix

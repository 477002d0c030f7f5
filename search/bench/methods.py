"""What the benchmark compares: strategies, and the tree with one of its parts taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from ...evaluators.tabular import QueryCounter, TabularDomain
from ...space import Candidate
from ...value_model import Prediction, Predictor, Sample, ValueModel
from ..strategies import make_strategy
from ..strategies.contract import Strategy
from ..strategies.tree import TreeOptions

TREE = "tree"
MODELS = ("value", "none", "random", "oracle")
"""Value models that the tree may be given; the last two only measure what a model is worth."""

TREE_OPTIONS = TreeOptions()
ISLANDS = 3


@dataclass(frozen=True)
class Method:
    """A line of the benchmark: a strategy, and for the tree its model and options."""

    name: str
    strategy: str
    model: str = "none"
    options: TreeOptions = field(default=TREE_OPTIONS)
    stopping: bool = False
    """Whether queries that will hardly lead end early, by the table's fidelities."""

    def build(self, domain: TabularDomain, counter: QueryCounter, seed: int) -> Strategy[Any]:
        """The strategy, seeing no more of the table than `counter` lets it."""

        def describe(candidate: Candidate) -> Sample:
            return Sample(candidate, domain.name, domain.tiers[0].name, counter.free(candidate))

        return make_strategy(
            self.strategy,
            describe=describe,
            predictor=_predictors(domain, seed)[self.model],
            options=self.options,
        )


def _predictors(domain: TabularDomain, seed: int) -> Mapping[str, Callable[[], Predictor] | None]:
    return {
        "none": None,
        "value": lambda: ValueModel(seed=seed),
        "random": lambda: RandomPredictor(Random(seed)),
        "oracle": lambda: Oracle(domain),
    }


@dataclass
class RandomPredictor:
    """Knows nothing: what remains is the tree's own choice of where to go on."""

    rng: Random
    ready: bool = True
    doubt: str = ""

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        return None

    def predict(self, samples: Sequence[Sample]) -> Sequence[Prediction]:
        return [Prediction(self.rng.random(), 0.0) for _ in samples]


@dataclass
class Oracle:
    """Knows every score: the most that any value model could give."""

    domain: TabularDomain
    ready: bool = True
    doubt: str = ""

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        return None

    def predict(self, samples: Sequence[Sample]) -> Sequence[Prediction]:
        scores = self.domain.table.scores
        worst = float(min(s for s in scores if s == s))
        found = [float(scores[self.domain.row(s.candidate)]) for s in samples]
        return [Prediction(score if score == score else worst, 0.0) for score in found]


BASELINES = tuple(
    Method(name, name)
    for name in ("random", "evolution", "local", "boosting", "boosting-free", "flat-tree", "tpe")
)


def methods(model: str = "value", *, ablations: bool = False) -> dict[str, Method]:
    """The benchmark's methods by name: the tree with `model`, the baselines, the ablations."""
    tree = Method(TREE, "tree", model)
    lines = [tree, *BASELINES]
    if ablations:
        lines += [
            replace(
                tree, name="tree/no-hierarchy", options=replace(tree.options, hierarchical=False)
            ),
            replace(
                tree,
                name="tree/no-level-learning",
                options=replace(tree.options, learn_levels=False),
            ),
            replace(tree, name="tree/survey-5", options=replace(tree.options, survey=5)),
            replace(tree, name="tree/stopping", stopping=True),
            replace(tree, name="tree/no-archive", options=replace(tree.options, archive=False)),
            replace(tree, name="tree/islands", options=replace(tree.options, islands=ISLANDS)),
            *(replace(b, name=f"{b.name}/stopping", stopping=True) for b in BASELINES[:2]),
            *(replace(tree, name=f"tree/model-{m}", model=m) for m in MODELS if m != model),
        ]
    return {line.name: line for line in lines}

"""The search strategies by name: who asks, chooses and learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...harmless import shown
from ...space import Candidate
from ...value_model import Predictor, Sample
from .baseline import BaselineMissing
from .boosting import GradientBoosting
from .contract import Strategy
from .evolution import RegularizedEvolution
from .islands import MOST_ISLANDS
from .local_search import LocalSearch
from .optuna_sampler import OptunaSampler
from .random_search import RandomSearch
from .tree import HierarchicalTree, TreeOptions

__all__ = [
    "ARCHIVED",
    "MOST_ISLANDS",
    "STRATEGIES",
    "BaselineMissing",
    "UnknownStrategy",
    "make_strategy",
]

Describe = Callable[[Candidate], Sample]
MakePredictor = Callable[[], Predictor]


class UnknownStrategy(ValueError):
    """No strategy has this name; the message lists those there are."""


def _flat(options: TreeOptions) -> TreeOptions:
    return replace(options, hierarchical=False, learn_levels=False, width=1)


_MAKERS: dict[str, Callable[[Describe, MakePredictor | None, TreeOptions], Strategy[Any]]] = {
    "tree": lambda describe, predictor, options: HierarchicalTree(
        options, predictor=predictor, describe=describe
    ),
    "flat-tree": lambda describe, predictor, options: HierarchicalTree(
        _flat(options), describe=describe
    ),
    "random": lambda describe, predictor, options: RandomSearch(),
    "evolution": lambda describe, predictor, options: RegularizedEvolution(),
    "local": lambda describe, predictor, options: LocalSearch(),
    "tpe": lambda describe, predictor, options: OptunaSampler(),
    "boosting": lambda describe, predictor, options: GradientBoosting(describe),
    "boosting-free": lambda describe, predictor, options: GradientBoosting(describe, free=True),
}
STRATEGIES = tuple(_MAKERS)
"""The names that `--strategy` takes; the first is the default."""
ARCHIVED = ("tree", "flat-tree")
"""Those that keep an archive, and so may keep several: islands."""


def make_strategy(
    name: str,
    *,
    describe: Describe = Sample,
    predictor: MakePredictor | None = None,
    options: TreeOptions | None = None,
) -> Strategy[Any]:
    """The strategy called `name`.

    `describe` says what is known of a candidate before its run, `predictor` makes the value
    model that the tree chooses by. Raises UnknownStrategy, and BaselineMissing where a
    baseline's library is not installed.
    """
    if name not in _MAKERS:
        raise UnknownStrategy(f"no strategy {shown(name)}; expected one of {', '.join(STRATEGIES)}")
    return _MAKERS[name](describe, predictor, options or TreeOptions())

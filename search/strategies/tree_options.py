"""What may be chosen of the tree search, and the edits that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...space import Level, Operator
from .graph import Arm

FRESH: Arm = (Operator.SAMPLE, None)
"""The one edit that goes on from the root."""


@dataclass(frozen=True)
class TreeOptions:
    """What may be chosen; every figure means the same in every domain.

    `warmup` fresh samples come first. `exploration` is the width of the confidence bounds,
    in ranks. A node starts at most `widening` * visits ** 0.5 children of its own
    (progressive widening: Coulom 2007); the `breadth` best children are looked at.
    Where a predictor chooses, a turn asks for `width` proposals from `places` nodes; else,
    and while the predictor is in doubt, for one. Before the predictor knows any score,
    `survey` fresh samples are drawn at a time, and the one least like what was tried is run;
    with 1, whatever was drawn. An edit has paid when its result is among the best `paying`
    share so far. With several `islands`, turns go round among them.

    Raises ValueError for more islands than `breadth`: no descent would look at the others.
    """

    levels: tuple[Level, ...] = tuple(Level)
    operators: tuple[Operator, ...] = (Operator.MUTATE, Operator.RECOMBINE)
    width: int = 25
    places: int = 3
    warmup: int = 10
    exploration: float = 0.1
    widening: float = 4.0
    breadth: int = 16
    paying: float = 0.2
    hierarchical: bool = True
    learn_levels: bool = True
    archive: bool = True
    survey: int = 25
    islands: int = 1

    def __post_init__(self) -> None:
        if self.islands > self.breadth:
            raise ValueError(f"expected at most {self.breadth} islands, got {self.islands}")

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """Mutation at each level (at any, without hierarchy), and the operators without one."""
        levels: tuple[Level | None, ...] = self.levels if self.hierarchical else (None,)
        return tuple(
            (operator, level)
            for operator in self.operators
            for level in (levels if operator == Operator.MUTATE else (None,))
        )

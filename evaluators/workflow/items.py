"""Questions, and where they come from. What is in an `Item` may be seen by a workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any, Protocol


class Split(StrEnum):
    """Which questions: those to search with, those to choose with, those to claim with."""

    SEARCH = "search"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True)
class Item:
    """One question of a task. `payload` is JSON: what the tools named in `tools` need."""

    id: str
    task: str
    question: str
    tools: tuple[str, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)


class Paper(Protocol):
    """Items that were drawn together, with their answers: it never leaves the parent."""

    @property
    def items(self) -> Sequence[Item]: ...

    def answer(self, item_id: str) -> str:
        """One right reply."""
        ...

    def score(self, item_id: str, reply: str) -> float:
        """How good `reply` is, from 0 to 1. Any text may come; none raises."""
        ...


@dataclass(frozen=True)
class Shuffled:
    """A paper in another order, in which any first few items are a fair sample of it."""

    paper: Paper
    items: Sequence[Item]

    def answer(self, item_id: str) -> str:
        return self.paper.answer(item_id)

    def score(self, item_id: str, reply: str) -> float:
        return self.paper.score(item_id, reply)


def shuffled(paper: Paper, rng: Random) -> Shuffled:
    """`paper` in an order that `rng` draws."""
    return Shuffled(paper, rng.sample(paper.items, len(paper.items)))


class TaskSource(Protocol):
    """Tasks to draw items from."""

    @property
    def names(self) -> Sequence[str]:
        """The tasks, in a fixed order."""
        ...

    @property
    def definition(self) -> str:
        """What the tasks are, in a line: scores of others do not compare with theirs."""
        ...

    def draw(self, split: Split, seed: int, count: int) -> Paper:
        """`count` items, spread evenly over the tasks; the splits share none.

        The same arguments give the same items on the same machine, and fewer items are
        the first of more.
        """
        ...

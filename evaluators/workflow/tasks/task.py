"""What a task is, and how papers are drawn from several."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, Protocol

from ...secret import machine_secret
from ..items import Item, Split

MAX_REPLY = 10_000
"""Characters; a longer reply is wrong, whatever it says."""
SHARES = (Split.SEARCH, Split.SEARCH, Split.VALIDATION, Split.TEST)
"""A generated problem belongs to the split that its secret hash picks here, whatever the seed."""
MAX_MISSES = 1000
"""Draws in a row without a new problem after which a generator counts as exhausted."""


@dataclass(frozen=True)
class Problem:
    """An item with what only the parent may know: one right reply, and the scorer's own key."""

    item: Item
    answer: str
    key: Any = None


class Task(Protocol):
    """Problems of one kind, and how replies to them are judged."""

    @property
    def name(self) -> str: ...

    @property
    def definition(self) -> str:
        """The name, with a digest of whatever may change under it."""
        ...

    def problems(self, split: Split, seed: int, secret: int) -> Iterator[Problem]:
        """The problems of a split, none twice, in an order that the arguments fix."""
        ...

    def score(self, problem: Problem, reply: str) -> float:
        """How good a reply of at most MAX_REPLY characters is, from 0 to 1; never raises."""
        ...


@dataclass(frozen=True)
class Generated:
    """A task whose problems are drawn at random. `draw` is endless and uses only its argument."""

    name: str
    draw: Callable[[Random], Iterator[Problem]]
    judge: Callable[[Problem, str], float]

    @property
    def definition(self) -> str:
        return self.name

    def problems(self, split: Split, seed: int, secret: int) -> Iterator[Problem]:
        rng = Random(f"{secret:x}/{self.name}/{split}/{seed}")
        seen: set[str] = set()
        misses = 0
        for problem in self.draw(rng):
            if problem.item.id in seen or split_of(problem.item, secret) is not split:
                misses += 1
                if misses > MAX_MISSES:
                    return
                continue
            misses = 0
            seen.add(problem.item.id)
            yield problem

    def score(self, problem: Problem, reply: str) -> float:
        return self.judge(problem, reply)


def make_item(
    task: str, question: str, tools: tuple[str, ...] = (), payload: Mapping[str, Any] | None = None
) -> Item:
    """An item whose id is the hash of what it holds: it tells neither split nor seed."""
    payload = payload or {}
    text = json.dumps([question, payload], sort_keys=True)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Item(f"{task}-{digest[:16]}", task, question, tools, payload)


def split_of(item: Item, secret: int) -> Split:
    """The split to which an item belongs: a hash that nobody without `secret` can take."""
    digest = hashlib.sha256(f"{secret:x}/{item.id}".encode()).digest()
    return SHARES[digest[0] % len(SHARES)]


@dataclass(frozen=True)
class Drawn:
    """A paper: problems that were drawn together. It never leaves the parent."""

    problems: Mapping[str, Problem]
    tasks: Mapping[str, Task]

    @cached_property
    def items(self) -> Sequence[Item]:
        return [problem.item for problem in self.problems.values()]

    def answer(self, item_id: str) -> str:
        """One right reply, to tell an author what was wrong with a reply in search."""
        return self.problems[item_id].answer

    def score(self, item_id: str, reply: str) -> float:
        problem = self.problems[item_id]
        if not isinstance(reply, str) or len(reply) > MAX_REPLY:
            return 0.0
        return self.tasks[problem.item.task].score(problem, reply)


@dataclass(frozen=True)
class Tasks:
    """Several tasks to draw papers from. `secret` replaces this machine's, in tests."""

    tasks: Sequence[Task]
    secret: int | None = field(default=None, repr=False)

    @cached_property
    def names(self) -> Sequence[str]:
        return [task.name for task in self.tasks]

    @property
    def definition(self) -> str:
        return ", ".join(task.definition for task in self.tasks)

    def draw(self, split: Split, seed: int, count: int) -> Drawn:
        """`count` problems, one of each task in turn; fewer where the tasks have no more."""
        secret = machine_secret() if self.secret is None else self.secret
        streams = [task.problems(split, seed, secret) for task in self.tasks]
        drawn: dict[str, Problem] = {}
        while streams and len(drawn) < count:
            for stream in list(streams):
                problem = next(stream, None)
                if problem is None:
                    streams.remove(stream)
                elif len(drawn) < count:
                    drawn[problem.item.id] = problem
        return Drawn(drawn, {task.name: task for task in self.tasks})

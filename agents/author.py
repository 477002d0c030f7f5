"""Whoever proposes candidates: the grammar author, or a team of language models."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, runtime_checkable

from ..space import Candidate, Evaluation, Level, Operator


@dataclass(frozen=True)
class Request:
    """What the search wants next: `count` proposals from these parents.

    To mutate, the parents are alternatives, and each proposal changes one of them; to recombine,
    the others are what the first may be crossed with. `level` bounds how deep to cut. `decision`
    numbers the request within its campaign, so that what an author spends on it can be traced.
    """

    operator: Operator
    level: Level | None
    parents: tuple[Candidate, ...]
    count: int = 1
    decision: int | None = None


class Author(Protocol):
    """Turns a request into proposals. Randomness comes from the argument alone."""

    @property
    def name(self) -> str: ...

    def propose(self, request: Request, rng: Random) -> Sequence[Candidate]:
        """Up to `request.count` distinct candidates; none where nothing fits."""
        ...


@runtime_checkable
class Economical(Protocol):
    """An author that can do with candidates that take less: optional."""

    def economise(self) -> bool:
        """Propose only such from now on; False where it knows none. Said twice, it changes
        nothing more."""
        ...


@runtime_checkable
class Exhaustive(Protocol):
    """An author that may be able to name all that there is: optional."""

    def any_left(self, known: Container[str], rng: Random) -> Candidate | None:
        """Any candidate whose id is not `known`; None where there is none, or it cannot tell."""
        ...


@runtime_checkable
class Reflective(Protocol):
    """An author that also learns: optional. What it concludes it keeps in memory itself."""

    def reflect(
        self,
        candidate: Candidate,
        evaluation: Evaluation,
        rng: Random,
        decision: int | None = None,
    ) -> object:
        """Called with the last run that a candidate of the search has of its own accord, in order
        of ending, and once more with each that it earned since."""
        ...

"""What a sandbox promises: sessions, workers, limits and the errors that name a culprit."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Limits:
    """What one child may use. Seconds and bytes; `wall_s` and `cpu_s` cover the whole session.

    With one of its `threads`, a child can start no other where there is a filter (S2 and S3).
    """

    wall_s: float = 60.0
    cpu_s: float = 60.0
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 64 * 1024
    threads: int = 1


@dataclass(frozen=True)
class ArraySpec:
    """An array that the parent asked for: any other dtype or shape is a violation."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class BytesSpec:
    """A byte string that the parent asked for, of at most `max_size` bytes."""

    max_size: int


Payload = Any
"""JSON scalars, lists and dicts; numpy arrays and bytes as values of the top level."""


class Worker(Protocol):
    """One untrusted child that answers calls until its session closes it."""

    def call(
        self,
        op: str,
        /,
        *,
        returns: Mapping[str, ArraySpec | BytesSpec] | None = None,
        **arguments: Payload,
    ) -> dict[str, Payload]:
        """Run `op` of the harness in the child and return its answer.

        Arrays in the answer are copies that the child cannot reach, and match
        `returns` exactly. Floats may be non-finite: whoever scores checks.

        Raises CandidateFailure (or a subclass) for whatever the child did wrong.
        """
        ...


@dataclass(frozen=True)
class Usage:
    """What the children of a session used so far, in seconds and bytes."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0


class Session(Protocol):
    """The children of one evaluation: their limits, their cost, their isolation."""

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        ...

    @property
    def usage(self) -> Usage: ...

    def open(
        self, harness: str, source: str, *, limits: Limits | None = None
    ) -> AbstractContextManager[Worker]:
        """A fresh child in which `harness` ("module:function") has loaded `source`.

        In the child, `function(source)` returns the mapping from op names to callables;
        each takes keyword arguments and returns a dict.
        """
        ...

    def open_linked(
        self,
        trusted: str,
        harness: str,
        source: str,
        *,
        numbers: int,
        limits: Limits | None = None,
    ) -> AbstractContextManager[Worker]:
        """Two fresh children and a line between them; the worker is the trusted one's.

        `trusted` ("module:function") and `harness` are called with (source, link); the
        source is empty for the trusted child, which runs our code only. The other's op
        "serve" runs meanwhile. They share memory of so many float32 `numbers`. What goes
        wrong in the candidate's child is raised by the calls of the trusted one.
        """
        ...


class CandidateFailure(Exception):
    """The child did something wrong: its own result, and nobody else's.

    `line` is the line of the candidate's source where it happened, where known;
    `output` is the tail of what the child printed.
    """

    def __init__(self, message: str, *, line: int | None = None, output: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.output = output


class CandidateError(CandidateFailure):
    """The candidate's code raised, or does not fulfil the contract."""


class CandidateDied(CandidateFailure):
    """The child ended without an answer: a signal, an exit, a closed pipe."""


class LimitExceeded(CandidateFailure):
    """A limit was passed; `resource` is "wall", "cpu", "memory" or "output"."""

    def __init__(self, resource: str, message: str, *, output: str = "") -> None:
        super().__init__(message, output=output)
        self.resource = resource


class ProtocolViolation(CandidateFailure):
    """The child's bytes were not the answer that was asked for."""


class SandboxUnavailable(Exception):
    """The sandbox itself could not do its work: nobody's fault but ours; worth a retry."""

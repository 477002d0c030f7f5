"""Where evaluations run: many at once, results in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from .contract import Limits, Session, Usage


@dataclass(frozen=True)
class Job:
    """Trusted work that drives untrusted children through the session it is given.

    `work` is picklable (a module-level function or a partial of one), so that an
    executor on another machine can take it.
    """

    id: str
    work: Callable[[Session], Any]
    limits: Limits


@dataclass(frozen=True)
class Completion:
    """How a job ended: `value` of `work`, or the error that it raised.

    A worker that was lost with its machine is an error of type SandboxUnavailable, a
    cancelled job one of type Cancelled.
    `device_s` is how long the slot was held.
    """

    job_id: str
    value: Any
    error: BaseException | None
    usage: Usage
    device_s: float
    isolation: str


class Cancelled(Exception):
    """A job was stopped by `Executor.cancel` or `Executor.close`."""


class Executor(Protocol):
    """Device slots that take jobs and give back completions, in any order."""

    @property
    def slots(self) -> int: ...

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        ...

    def submit(self, job: Job) -> None:
        """Queue `job`; returns at once. Raises ValueError for an id that is in flight."""
        ...

    def cancel(self, job_id: str) -> bool:
        """Stop a job; its completion still arrives. False where it is not in flight."""
        ...

    def next(self, timeout: float | None = None) -> Completion | None:
        """The next completion, or None when `timeout` seconds passed or nothing is in flight."""
        ...

    def close(self) -> None:
        """Kill what runs and release everything. Idempotent."""
        ...

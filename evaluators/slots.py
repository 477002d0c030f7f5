"""Slots for a domain's runs, opened and closed in one place; and jobs worked off in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from ..sandbox import Completion, Executor, Job, LocalExecutor
from .domain import Domain


@contextmanager
def open_slots(
    domain: Domain, slots: int, *, min_isolation: str = "", unsafe: bool = False
) -> Iterator[LocalExecutor]:
    """So many slots with the domain's harness warmed up; what runs at the end is killed.

    Raises SandboxUnavailable where the isolation is weaker than `min_isolation`.
    """
    executor = LocalExecutor(
        slots, preload=domain.preload, min_isolation=min_isolation or "S1", unsafe=unsafe
    )
    with closing(executor):
        yield executor


def work_off(executor: Executor, jobs: Sequence[Job]) -> Iterator[Completion]:
    """Submit `jobs` to an idle executor, and yield each completion as it arrives."""
    for each in jobs:
        executor.submit(each)
    for _ in jobs:
        completion = executor.next()
        if completion is None:
            raise RuntimeError("the executor lost a job")
        yield completion

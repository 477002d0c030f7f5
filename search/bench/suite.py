"""The benchmark's grid: tables by methods by seeds, in processes, less what is done already."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from random import Random
from threading import Thread

from ...evaluators.tabular import QueryCounter, TabularDomain
from .measuring import measure
from .methods import Method
from .results import Key, Run
from .table_search import search

SEEDS_PER_TASK = 5
"""Seeds that one process works off before it hands back: what a kill can lose."""


@dataclass(frozen=True)
class Task:
    """Some seeds of one method on one table."""

    spec: Path
    tables: Path | None
    method: Method
    seeds: tuple[int, ...]
    queries: int


def run_task(task: Task) -> list[Run]:
    """Work off one task; what it returns is complete."""
    domain = TabularDomain.load(task.spec, task.tables)
    runs = []
    for seed in task.seeds:
        counter = QueryCounter(domain)
        strategy = task.method.build(domain, counter, seed)
        stopping = task.method.stopping
        trace = search(domain, strategy, counter, task.queries, Random(seed), stopping=stopping)
        runs.append(measure(domain, task.method.name, seed, trace, task.queries))
    return runs


def plan(
    specs: Sequence[tuple[str, Path]],
    tables: Path | None,
    methods: Sequence[Method],
    seeds: Sequence[int],
    queries: int,
    done: set[Key],
) -> list[Task]:
    """What is not done, the first seeds of everything first: half a grid is a fair half."""
    tasks = []
    for start in range(0, len(seeds), SEEDS_PER_TASK):
        chunk = seeds[start : start + SEEDS_PER_TASK]
        for name, spec in specs:
            for method in methods:
                left = tuple(s for s in chunk if (name, method.name, s, queries) not in done)
                if left:
                    tasks.append(Task(spec, tables, method, left, queries))
    return tasks


def check(tasks: Sequence[Task]) -> None:
    """Load every table, and build every method once: what is missing is missing at once.

    Raises SpecError, TableError or BaselineMissing.
    """
    domains = {task.spec: TabularDomain.load(task.spec, task.tables) for task in tasks}
    for method, domain in {task.method: domains[task.spec] for task in tasks}.items():
        method.build(domain, QueryCounter(domain), 0)


def work_off(tasks: Sequence[Task], workers: int) -> Iterator[list[Run]]:
    """Run tasks in processes, yielding each one's runs as they end."""
    if workers == 1:
        yield from map(run_task, tasks)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_end_with_parent) as pool:
        futures = [pool.submit(run_task, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)  # whoever is left alone would hold our output open


def _end_with_parent() -> None:
    """End this process once the one that started it is gone: killed, that cancels nothing."""
    Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

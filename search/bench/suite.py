"""The benchmark's grid: tables by methods by seeds, in processes, resumable from its file."""

from __future__ import annotations

import json
import math
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from ...evaluators.tabular import QueryCounter, TabularDomain, read_spec
from .methods import Method
from .table_search import Trace, search

SEEDS_PER_TASK = 5
"""Seeds that one process works off before it hands back: what a kill can lose."""


@dataclass(frozen=True)
class Run:
    """One search, after each query: regret by (best - median), and the incumbent's report.

    `improvement` is that of the report over the table's average, in per cent: above 0 where it is
    better, be that higher or lower. What the table does not report is NaN.
    """

    table: str
    method: str
    seed: int
    queries: int
    regret: list[float]
    report: list[float]
    improvement: list[float]

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.table, self.method, self.seed, self.queries


@dataclass(frozen=True)
class Task:
    """Some seeds of one method on one table."""

    spec: Path
    tables: Path | None
    method: Method
    seeds: tuple[int, ...]
    queries: int


ROUNDING = 1e-9
"""Shares of queries that add up to a whole one may fall short of it by this much."""


BEGINNING = b'{"table": "'
"""How the line of a run begins."""


class ResultsError(ValueError):
    """A results file that cannot be read; the message names the line."""


def named_spec(path: Path) -> tuple[str, Path]:
    """A spec's own name, and where it lies; raises SpecError."""
    return read_spec(path).name, path


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


def measure(domain: TabularDomain, method: str, seed: int, trace: Trace, queries: int) -> Run:
    """What a trace was worth after each query that was spent. Until something ran well: the
    worst row.

    A table that was used up before stays as it was at the last of its rows.
    """
    table, sign = domain.table, domain.spec.query.direction.sign
    finite = table.scores[np.isfinite(table.scores)]
    unit = float(finite.max() - np.median(finite)) or 1.0
    best, row = float(finite.min()), int(np.nanargmin(table.scores))
    regret, report = [], []
    ended = deque(zip(trace.spent, trace.rows, trace.scores, strict=True))
    for spent in range(1, queries + 1):
        while ended and ended[0][0] <= spent + ROUNDING:
            _, each, score = ended.popleft()
            if score is not None and score > best:
                best, row = score, each
        regret.append(round((float(finite.max()) - best) / unit, 6))
        report.append(round(float(table.report[row]), 6))
    known = table.report[np.isfinite(table.report)]
    usual = float(np.sum(known) / max(1, len(known))) or math.nan  # nothing is a share of 0
    improvement = [round(100 * sign * (r - usual) / abs(usual), 4) for r in report]
    return Run(table.name, method, seed, queries, regret, report, improvement)


def plan(
    specs: Sequence[tuple[str, Path]],
    tables: Path | None,
    methods: Sequence[Method],
    seeds: Sequence[int],
    queries: int,
    done: set[tuple[str, str, int, int]],
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
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(run_task, task) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)  # whoever is left alone would hold our output open


def append(path: Path, runs: Iterable[Run]) -> None:
    """Add runs to a results file that `read` takes, one JSON object a line, in place of one cut
    short by a kill."""
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(sum(map(len, takewhile(_is_whole, file))))
        file.writelines(json.dumps(asdict(run)).encode() + b"\n" for run in runs)


def read(path: Path) -> list[Run]:
    """The runs of a results file, none where there is no file.

    A last line cut short by a kill is left out; any other that is no run raises ResultsError.
    """
    if not path.exists():
        return []
    runs = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not _is_whole(line) and line[: len(BEGINNING)] == BEGINNING[: len(line)]:
                break
            try:
                runs.append(_run(json.loads(line)))
            except (ValueError, TypeError, RecursionError) as error:
                raise ResultsError(
                    f"{path} line {number}: not a run of this benchmark: {error}"
                ) from None
    return runs


def _is_whole(line: bytes) -> bool:
    return line.endswith(b"\n")


def _run(stored: Any) -> Run:
    """The run that a line holds; raises TypeError or ValueError for what is none."""
    run = Run(**stored)
    named = type(run.table) is type(run.method) is str
    if not named or not type(run.seed) is type(run.queries) is int:
        raise ValueError("expected table and method as texts, seed and queries as whole numbers")
    for name in ("regret", "report", "improvement"):
        curve = getattr(run, name)
        whole = isinstance(curve, list) and len(curve) == run.queries
        if not whole or not all(map(_is_number, curve)):
            raise ValueError(f"expected {name} as {run.queries} numbers")
    return run


def _is_number(value: Any) -> bool:
    """Whether it fits a float; a table may lack what is reported of a row, so it may be NaN."""
    return type(value) in (int, float) and not abs(value) > sys.float_info.max

"""The benchmark's results file: a line a run, so that a benchmark that was stopped goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

BEGINNING = b'{"table": "'
"""How the line of a run begins."""


Key = tuple[str, str, int, int]
"""Table, method, seed and number of queries: they say which run it is."""


class ResultsError(ValueError):
    """A results file that cannot be read; the message names the line."""


@dataclass(frozen=True)
class Run:
    """One search, after each query: regret by (best - median), and the incumbent's report.

    `improvement` is that of the report over the table's average, in per cent: above 0 where it is
    better, be that higher or lower. What the table does not report is NaN. `basis` says what it
    was measured on (basis.py); older files do not tell.
    """

    table: str
    method: str
    seed: int
    queries: int
    regret: list[float]
    report: list[float]
    improvement: list[float]
    basis: str = ""

    @property
    def key(self) -> Key:
        return self.table, self.method, self.seed, self.queries


def append(path: Path, runs: Iterable[Run]) -> None:
    """Add runs to a results file that `read` takes, one JSON object a line, in place of one cut
    short by a kill."""
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(sum(map(len, takewhile(_is_whole, file))))
        file.writelines(json.dumps(asdict(run)).encode() + b"\n" for run in runs)


def read(path: Path) -> list[Run]:
    """The runs of a results file, none where there is no file.

    A last line cut short by a kill is left out; any other that is no run raises ResultsError. A
    run that two benchmarks wrote at a time counts once.
    """
    if not path.exists():
        return []
    runs: dict[tuple[Key, str], Run] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not _is_whole(line) and line[: len(BEGINNING)] == BEGINNING[: len(line)]:
                break
            try:
                run = _run(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                raise ResultsError(
                    f"{path} line {number}: not a run of this benchmark: {error}"
                ) from None
            runs.setdefault((run.key, run.basis), run)
    return list(runs.values())


def _is_whole(line: bytes) -> bool:
    return line.endswith(b"\n")


def _run(stored: Any) -> Run:
    """The run that a line holds; raises TypeError or ValueError for what is none."""
    run = Run(**stored)
    named = type(run.table) is type(run.method) is type(run.basis) is str
    if not named or not type(run.seed) is type(run.queries) is int:
        raise ValueError(
            "expected table, method and basis as texts, seed and queries as whole numbers"
        )
    for name in ("regret", "report", "improvement"):
        curve = getattr(run, name)
        whole = isinstance(curve, list) and len(curve) == run.queries
        if not whole or not all(map(_is_number, curve)):
            raise ValueError(f"expected {name} as {run.queries} numbers")
    return run


def _is_number(value: Any) -> bool:
    """Whether it fits a float; a table may lack what is reported of a row, so it may be NaN."""
    return type(value) in (int, float) and not abs(value) > sys.float_info.max

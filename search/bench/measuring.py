"""What a search on a table was worth, query by query."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from ...evaluators.tabular import TabularDomain
from .results import Run
from .table_search import Trace

ROUNDING = 1e-9
"""Shares of queries that add up to a whole one may fall short of it by this much."""


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

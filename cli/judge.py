"""One program judged by a domain, outside any campaign, in words."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from ..evaluators.report import Report
from .text import duration, plain


def describe(report: Report) -> str:
    """The report in words."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.id}  {report.tier}: {report.status}"
    width = max((len(plain(name)) for name in report.metrics), default=0)
    for name, values in report.metrics.items():
        spread = f"  [{min(values):.6g}, {max(values):.6g}]" if len(values) > 1 else ""
        yield f"  {plain(name):<{width}}  {median(values):.6g}{spread}"
    seeds = f"{len(report.runs)} seed{'s' * (len(report.runs) != 1)}"
    cost = f"{duration(report.cost['cpu_s'])} of CPU, {duration(report.cost['wall_s'])} of wall"
    yield f"  {seeds}, {cost}, isolation {report.isolation}"

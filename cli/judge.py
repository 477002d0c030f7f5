"""One program judged by a domain, outside any campaign, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from ..evaluators.domain import Calibrated, Domain
from ..evaluators.noise import noise_of
from ..evaluators.report import Report
from ..space import Direction
from .text import duration, plain

NEIGHBOURS = 3
"""References that are shown on either side of a score."""


def describe(report: Report, domain: Domain) -> str:
    """The report in words, its score beside those of the domain's references."""
    return "\n".join([*_lines(report), *_beside(report, domain)])


def reference_scores(domain: Domain, tier: str) -> Mapping[str, float]:
    """The medians that ship of the references' scores at `tier`, best first; often none."""
    if not isinstance(domain, Calibrated):
        return {}
    objective = domain.objectives[0]
    medians = {
        name: median(metrics[objective.name] for metrics in by_seed.values())
        for name, by_seed in domain.reference_metrics(tier).items()
    }
    return dict(sorted(medians.items(), key=lambda item: -objective.sign * item[1]))


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.id}  {report.tier}: {report.status}"
    width = max((len(plain(name)) for name in report.metrics), default=0)
    for name, values in report.metrics.items():
        spread = f"  [{min(values):.6g}, {max(values):.6g}]" if len(values) > 1 else ""
        yield f"  {plain(name):<{width}}  {median(values):.6g}{spread}"
    seeds = f"{len(report.runs)} seed{'s' * (len(report.runs) != 1)}"
    cost = f"{duration(report.cost['cpu_s'])} of CPU, {duration(report.cost['wall_s'])} of wall"
    yield f"  {seeds}, {cost}, isolation {report.isolation}"


def _beside(report: Report, domain: Domain) -> Iterator[str]:
    """Where the score stands among the references."""
    known, objective = reference_scores(domain, report.tier), domain.objectives[0]
    if not known or not report.metrics.get(objective.name):
        return
    score = median(report.metrics[objective.name])
    ahead = sum(objective.sign * (known[name] - score) > 0 for name in known)
    rows = [(value, name) for name, value in known.items()]
    rows.insert(ahead, (score, "(this file)"))
    better = Direction(objective.direction).better
    yield f"  {plain(objective.name)} beside the references ({better} is better):"
    for value, name in rows[max(0, ahead - NEIGHBOURS) : ahead + NEIGHBOURS + 1]:
        yield f"    {value:10.6g}  {plain(name)}"
    if noise := noise_of(domain, report.tier):
        yield f"  {ahead + 1} of {len(rows)}; one seed's score varies by {noise:.2g}"

"""What the campaigns of a memory measured, as a data set for a value model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from ...memory import Memory, campaigns, candidates, evaluations
from ...memory.campaigns import Campaign
from ...space import GATE, Candidate, Status
from ...value_model import Sample
from ...value_model.contract import GENERATIONS, trend_of
from ...value_model.dataset import Dataset

Scores = Mapping[tuple[str, str], float]
"""(candidate, tier) to the median over its seeds, turned so that higher is better."""


def value_dataset(memory: Memory, domain: str | None = None, tier: str | None = None) -> Dataset:
    """Every scored candidate, of one domain and tier where they are given.

    Of a domain that was defined anew, only what its latest definition measured. A candidate
    that several campaigns ran is there once for each: its lineage differs.
    """
    current = campaigns.comparable(memory)
    pairs = [
        (sample, score)
        for campaign in reversed(campaigns.all_campaigns(memory))
        if domain in (None, campaign.domain) and campaign.id in current
        for sample, score in _of(memory, campaign)
        if tier in (None, sample.tier)
    ]
    return Dataset(tuple(sample for sample, _ in pairs), tuple(score for _, score in pairs))


def _of(memory: Memory, campaign: Campaign) -> Iterator[tuple[Sample, float]]:
    scores, free = _measured(memory, campaign)
    scored = dict.fromkeys(id_ for id_, _ in scores)
    known = {id_: candidates.get(memory, id_, campaign.id) for id_ in scored}
    for (id_, tier), score in scores.items():
        line = _line(known, scores, id_, tier)
        above = line[0] if line else None
        free_figures = free.get(id_, {})
        yield Sample(known[id_], campaign.domain, tier, free_figures, above, trend_of(line)), score


def _line(
    known: Mapping[str, Candidate], scores: Scores, candidate: str, tier: str
) -> Sequence[float | None]:
    """The scores at a tier of the first parent, of its own first parent, and so on upwards."""
    line: list[float | None] = []
    while len(line) <= GENERATIONS and candidate in known and known[candidate].parents:
        candidate = known[candidate].parents[0]
        line.append(scores.get((candidate, tier)))
    return line


def _measured(
    memory: Memory, campaign: Campaign
) -> tuple[Scores, Mapping[str, Mapping[str, float]]]:
    """The scores, and what each candidate's gate run measured for free."""
    sign = campaign.sign
    runs: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    free: dict[str, Mapping[str, float]] = {}
    for stored in evaluations.of_campaign(memory, campaign.id):
        run, evaluation = stored.run, stored.evaluation
        if run.tier == GATE and evaluation.status is Status.OK:
            free[run.candidate] = evaluation.metrics
        elif stored.score is not None:
            runs[run.candidate, run.tier].append(sign * stored.score)
    return {key: median(values) for key, values in runs.items()}, free

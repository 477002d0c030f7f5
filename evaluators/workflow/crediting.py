"""What each node of a workflow is worth: the accuracy that is left where it does nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from ...sandbox import CandidateFailure, LimitExceeded, Session
from ..task_model import TaskModel
from .feedback import credit
from .items import Paper
from .metering import ItemLimits
from .runtime import Answer, sit

MAX_NODES = 8
"""Those that ran most often."""
SECONDS = 1.0
"""Of an item: a workflow that lacks a node may never end."""


def node_credit(
    paper: Paper, source: str, session: Session, model: TaskModel | None, limits: ItemLimits
) -> str:
    """The credit of the nodes that ran on `paper`, as text; empty for less than two of them, and
    where the workflow as it is fails: this is told on the side, and loses no score."""
    visits: Counter[str] = Counter()
    try:
        whole = accuracy(sit(paper, source, session, model, limits, visits=visits))
    except CandidateFailure:
        return ""
    ran = [node for node, count in visits.most_common(MAX_NODES) if count]
    if len(ran) < 2:
        return ""
    brief = replace(limits, seconds=min(SECONDS, limits.seconds))
    without: dict[str, float | None] = {}
    for node in ran:
        try:
            answers = sit(paper, source, session, model, brief, bypassed=node)
            without[node] = accuracy(answers)
        except LimitExceeded:  # what the run may use is used up: the others stay unknown
            break
        except CandidateFailure:
            without[node] = None
    return credit(whole, without, [node for node, count in visits.items() if not count])


def accuracy(answers: Sequence[Answer]) -> float:
    return fmean(answer.score for answer in answers)

"""Carrying out a workflow over items: the parent's side.

The child is believed in nothing: it gets questions without answers, its calls are checked,
metered and bounded here, and its replies are scored here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Protocol

from ...sandbox import CandidateError, CandidateFailure, LimitExceeded, Session, Worker
from ..task_model import ModelFailed, TaskModel
from .hosted import DOCS, hosted_tools, open_payload
from .items import Item, Paper
from .metering import ItemLimits, Meter
from .watching import MAX_STEPS, MAX_TEXT

HARNESS = "discover.evaluators.workflow.harness:harness"
MAX_LOST = 3
"""Children that a workflow may cost before its run is given up."""
GRACE_S = 2.0
"""How long after its seconds an item may still be heard of. A child says itself that the time is
up; that takes a millisecond to arrive, and on a machine with far more to do than it can, a second.
Whoever is later has broken its clock."""
MISSES_TRACED = 2
"""Of each task: what the nodes did is told for the first items that were not answered right."""
MAX_NAME, MAX_REASON = 60, 300
"""Characters of a node's name, and of why an item failed."""


class Ending(StrEnum):
    """How an item ended. What failed was not answered wrongly: it was not answered."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """How one item went. `score` is 0 unless it was answered; `seconds` include the model's."""

    item: Item
    ending: Ending
    score: float = 0.0
    reply: str = ""
    reason: str = ""
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    asked_s: float = 0.0
    """What its calls of the model took when they were made, each by itself: the same whenever they
    are recorded."""
    steps: Sequence[tuple[str, str]] = ()
    """What each node left behind, where that was asked for."""


class Pace(Protocol):
    """Says how far a run goes. `answers` are those so far."""

    def wait(self, answers: Sequence[Answer], seconds: float) -> None:
        """The item after `answers` has asked the model for `seconds`; raises to give up."""
        ...

    def enough(self, answers: Sequence[Answer]) -> bool:
        """Whether the items after `answers` are left out."""
        ...


def sit(
    paper: Paper,
    source: str,
    session: Session,
    model: TaskModel | None,
    limits: ItemLimits,
    *,
    trace: bool = False,
    bypassed: str = "",
    visits: Counter[str] | None = None,
    pace: Pace | None = None,
) -> list[Answer]:
    """The answers to every item of `paper`, in order; the node `bypassed` does nothing.

    A `pace` may end the run before its last item, or give it up.

    With `trace`, the first misses of each task come with the steps of their nodes. `visits`
    takes in how often each node ran, as far as children live to tell.

    An item on which the workflow raises, or breaks a limit, failed; the others go on, if need
    be in a fresh child. Raises CandidateFailure where the workflow cannot be loaded, where it
    cost MAX_LOST children, or where it failed on every item.
    """
    answers: list[Answer] = []
    misses: Counter[str] = Counter()
    lost = 0
    done = not paper.items
    while not done:
        with session.open(HARNESS, source) as worker:
            for item in paper.items[len(answers) :]:
                meter = Meter(model, limits)
                if pace is not None:
                    meter.waiting = partial(pace.wait, answers)
                answer, alive = _answer(item, paper, worker, meter, bypassed)
                if trace and alive and answer.score < 1:
                    misses[item.task] += 1
                    if misses[item.task] <= MISSES_TRACED:
                        answer = replace(answer, steps=_steps(worker))
                answers.append(answer)
                lost += not alive
                finished = len(answers) == len(paper.items)
                done = finished or (pace is not None and pace.enough(answers))
                if done or not alive:
                    break
            if visits is not None and alive:
                visits.update(_visits(worker))
        if lost == MAX_LOST and not done:
            raise CandidateError(f"{lost} items stopped the workflow; at last: {answer.reason}")
    _require_some(answers)
    return answers


def _require_some(answers: list[Answer]) -> None:
    failed = Counter(a.reason for a in answers if a.ending is Ending.FAILED)
    if answers and failed.total() == len(answers):
        reason, times = failed.most_common(1)[0]
        raise CandidateError(f"it failed on all {len(answers)} items, on {times} so: {reason}")


def _answer(
    item: Item, paper: Paper, worker: Worker, meter: Meter, bypassed: str
) -> tuple[Answer, bool]:
    """How `item` went, and whether the child can go on."""
    started = time.monotonic()
    score = 0.0
    try:
        ending, text, alive = _converse(item, worker, meter, bypassed)
    except CandidateFailure as failure:
        if isinstance(failure, LimitExceeded) and failure.resource in ("wall", "cpu"):
            raise  # the time of the whole run is over
        ending, text, alive = Ending.FAILED, failure.message, False
    seconds = time.monotonic() - started - meter.waited + meter.seconds
    if ending is Ending.ANSWERED:
        try:
            score = paper.score(item.id, text)
        except ModelFailed as error:
            ending, text = Ending.FAILED, f"the judge failed: {error}"
        if not 0 <= score <= 1:
            raise ValueError(f"task {item.task}: scored {score} for item {item.id}")
    failed = ending is Ending.FAILED
    answer = Answer(
        item,
        ending,
        score,
        "" if failed else text,
        text if failed else "",
        meter.calls,
        meter.tokens,
        meter.usd,
        seconds,
        meter.asked_s,
    )
    return answer, alive


def _converse(item: Item, worker: Worker, meter: Meter, bypassed: str) -> tuple[Ending, str, bool]:
    """Serve what one item asks for; its ending, the reply or reason, and whether to go on."""
    limits = meter.limits
    ends = time.monotonic() + limits.seconds
    meter.tools = hosted_tools(item)
    event = worker.call(
        "begin",
        question=item.question,
        tools=list(item.tools),
        payload=open_payload(item),
        hosted={name: DOCS[name] for name in meter.tools},
        seconds=limits.seconds,
        max_reply=limits.reply,
        bypassed=bypassed,
    )
    while (
        event.get("kind") == "asks"
        and isinstance(event.get("asks"), list)
        and time.monotonic() <= ends + GRACE_S
    ):
        before = meter.waited
        told = meter.serve(event["asks"])
        ends += meter.waited - before
        event = worker.call("tell", told=told, seconds=ends - time.monotonic())
    if time.monotonic() > ends + GRACE_S:
        event = {"kind": "late"}
    match event:
        case {"kind": "reply", "text": str(text)} if len(text) <= limits.reply:
            return (Ending.ANSWERED if text.strip() else Ending.UNANSWERED), text, True
        case {"kind": "error", "error": str(name), "message": str(message)}:
            return Ending.FAILED, _one_line(f"{name}: {message}", MAX_REASON), True
        case {"kind": "late"}:
            return Ending.FAILED, f"no answer within {limits.seconds:g} s", False
        case {"kind": "long", "size": int(size)}:
            return Ending.FAILED, f"{size} characters; a reply has at most {limits.reply}", True
    return Ending.FAILED, "an event that the protocol does not know", False


def _steps(worker: Worker) -> tuple[tuple[str, str], ...]:
    """What the child says that its nodes did: the candidate may have made it up."""
    told = worker.call("trace").get("steps")
    steps = told[:MAX_STEPS] if isinstance(told, list) else []
    return tuple(
        (_one_line(step[0], MAX_NAME), _one_line(step[1], MAX_TEXT))
        for step in steps
        if isinstance(step, list) and len(step) == 2 and all(isinstance(s, str) for s in step)
    )


def _visits(worker: Worker) -> dict[str, int]:
    """How often each node ran, as the child says."""
    told = worker.call("visits").get("visits")
    counts = told if isinstance(told, dict) else {}
    return {str(name): n for name, n in counts.items() if type(n) is int}


def _one_line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]

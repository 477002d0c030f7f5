"""Carrying out a workflow over items: the parent's side.

The child is believed in nothing: it gets questions without answers, its calls are checked,
metered and bounded here, and its replies are scored here.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ...sandbox import CandidateError, CandidateFailure, LimitExceeded, Session, Worker
from .items import Item, Paper
from .model import Call, ModelFailed, TaskModel

HARNESS = "discover.evaluators.workflow.harness:harness"
MAX_LOST = 3
"""Children that a workflow may cost before its run is given up."""
MAX_TEMPERATURE = 2.0


@dataclass(frozen=True)
class ItemLimits:
    """What a workflow may use for one item: `tokens` of the model, `reply` in characters.

    `seconds` leave out the time that the model takes.
    """

    seconds: float = 5.0
    calls: int = 32
    tokens: int = 20_000
    prompt: int = 20_000
    reply: int = 4_000


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


def sit(
    paper: Paper,
    source: str,
    session: Session,
    model: TaskModel | None,
    limits: ItemLimits,
) -> list[Answer]:
    """The answers to every item of `paper`, in order.

    An item on which the workflow raises, or breaks a limit, failed; the others go on, if need
    be in a fresh child. Raises CandidateFailure where the workflow cannot be loaded, where it
    cost MAX_LOST children, or where it failed on every item.
    """
    answers: list[Answer] = []
    lost = 0
    while len(answers) < len(paper.items):
        with session.open(HARNESS, source) as worker:
            for item in paper.items[len(answers) :]:
                answer, alive = _answer(item, paper, worker, model, limits)
                answers.append(answer)
                if not alive:
                    lost += 1
                    break
        if lost == MAX_LOST and len(answers) < len(paper.items):
            raise CandidateError(f"{lost} items stopped the workflow; at last: {answer.reason}")
    _require_some(answers)
    return answers


def _require_some(answers: list[Answer]) -> None:
    failed = Counter(a.reason for a in answers if a.ending is Ending.FAILED)
    if answers and failed.total() == len(answers):
        reason, times = failed.most_common(1)[0]
        raise CandidateError(f"it failed on all {len(answers)} items, on {times} so: {reason}")


def _answer(
    item: Item, paper: Paper, worker: Worker, model: TaskModel | None, limits: ItemLimits
) -> tuple[Answer, bool]:
    """How `item` went, and whether the child can go on."""
    meter = _Meter(model, limits)
    started = time.monotonic()
    try:
        ending, text, alive = _converse(item, worker, meter, limits)
    except CandidateFailure as failure:
        if isinstance(failure, LimitExceeded) and failure.resource in ("wall", "cpu"):
            raise  # the time of the whole run is over
        ending, text, alive = Ending.FAILED, failure.message, False
    score = 0.0
    if ending is Ending.ANSWERED:
        score = paper.score(item.id, text)
        if not 0 <= score <= 1:
            raise ValueError(f"task {item.task}: scored {score} for item {item.id}")
    failed = ending is Ending.FAILED
    seconds = time.monotonic() - started - meter.waited + meter.seconds
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
    )
    return answer, alive


def _converse(
    item: Item, worker: Worker, meter: _Meter, limits: ItemLimits
) -> tuple[Ending, str, bool]:
    """Serve the calls of one item; its ending, the reply or reason, and whether to go on."""
    ends = time.monotonic() + limits.seconds
    event = worker.call(
        "begin",
        question=item.question,
        tools=list(item.tools),
        payload=dict(item.payload),
        seconds=limits.seconds,
        max_reply=limits.reply,
    )
    while event.get("kind") == "call":
        before = meter.waited
        told = meter.serve(event)
        ends += meter.waited - before
        event = worker.call("tell", told=told, seconds=ends - time.monotonic())
    match event:
        case {"kind": "reply", "text": str(text)} if len(text) <= limits.reply:
            return (Ending.ANSWERED if text.strip() else Ending.UNANSWERED), text, True
        case {"kind": "error", "error": str(name), "message": str(message)}:
            return Ending.FAILED, _one_line(f"{name}: {message}"), True
        case {"kind": "late"}:
            return Ending.FAILED, f"no answer within {limits.seconds:g} s", False
        case {"kind": "long", "size": int(size)}:
            return Ending.FAILED, f"{size} characters; a reply has at most {limits.reply}", True
    return Ending.FAILED, "an event that the protocol does not know", False


@dataclass
class _Meter:
    """The calls of one item: bounded, counted, answered by the model.

    `seconds` is what the replies took when they were made, `waited` what they took now.
    """

    model: TaskModel | None
    limits: ItemLimits
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0
    _asked: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def serve(self, event: Mapping[str, Any]) -> dict[str, str]:
        """What to tell the child that asked."""
        if self.model is None:
            message = "the workflow asks a language model, and no task model is configured"
            return {"error": "NoModel", "message": message}
        try:
            call = self._admit(event)
        except ValueError as error:
            return {"error": "CallRefused", "message": str(error)}
        started = time.monotonic()
        try:
            reply = self.model.reply(call)
        except ModelFailed as error:
            return {"error": "CallRefused", "message": f"the model failed: {error}"}
        finally:
            self.waited += time.monotonic() - started
        self.tokens += reply.tokens
        self.usd += reply.usd
        self.seconds += reply.seconds
        return {"text": reply.text}

    def _admit(self, event: Mapping[str, Any]) -> Call:
        """The call that `event` asks for; raises ValueError with the limit that it breaks."""
        prompt, role = event.get("prompt"), event.get("role")
        temperature, max_tokens = event.get("temperature"), event.get("max_tokens")
        if not (isinstance(prompt, str) and isinstance(role, str) and type(max_tokens) is int):
            raise ValueError("a call has a prompt, a role, a temperature and max_tokens")
        if not isinstance(temperature, int | float) or not math.isfinite(temperature):
            raise ValueError("a temperature is a finite number")
        if len(prompt) > self.limits.prompt:
            raise ValueError(f"a prompt of {len(prompt)} characters; at most {self.limits.prompt}")
        if self.calls >= self.limits.calls:
            raise ValueError(f"more than {self.limits.calls} calls for one item")
        left = self.limits.tokens - self.tokens
        if left <= 0:
            raise ValueError(f"more than {self.limits.tokens} tokens for one item")
        self.calls += 1
        call = Call(
            prompt,
            role[:40],
            min(max(float(temperature), 0.0), MAX_TEMPERATURE),
            min(max(max_tokens, 1), left),
        )
        sample = self._asked[call.prompt, call.role, call.temperature, call.max_tokens]
        self._asked[call.prompt, call.role, call.temperature, call.max_tokens] += 1
        return Call(call.prompt, call.role, call.temperature, call.max_tokens, sample)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]

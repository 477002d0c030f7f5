"""What one item may use of the parent: counted, bounded, carried out."""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ..task_model import Call, ModelFailed, Reply, TaskModel
from .hosted import MAX_ARGUMENT, Hosted

MAX_TEMPERATURE = 2.0
MAX_BRANCH = 2**32
"""The child numbers its branches by a CRC-32 plus one."""
AT_ONCE = 8
"""Calls of one item that the model is asked at the same time."""
SAMPLES = 1_000
"""Room between the samples of one branch and of another; above any limit of calls."""


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


class Refused(Exception):
    """A wish that is not carried out; the message is one line for the workflow."""


@dataclass
class Meter:
    """What one item asks for: bounded, counted, answered by the model or by a hosted tool.

    `asked_s` is what the calls took when they were made, those that failed too, each by itself:
    the same however they went out. `seconds` is how long one would have waited for them, `waited`
    how long one did now; of calls that go out together, the longest counts.

    Among these a limit is reached branch by branch, whichever asked first. All of them that are
    admitted are made and charged, so the last round of an item can go beyond its tokens; the
    replies beyond are kept back. Which calls go out together is up to time: so is, near a limit,
    which branch of several is refused.
    """

    model: TaskModel | None
    limits: ItemLimits
    tools: Mapping[str, Hosted] = field(default_factory=dict)
    waiting: Callable[[float], None] | None = None
    """Hears of `asked_s` whenever it grew, and may raise: then the whole run is given up."""
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0
    _asked: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    _took: list[float] = field(default_factory=list)

    @property
    def asked_s(self) -> float:
        return math.fsum(self._took)  # rounded once: in whatever order, it is the same

    def serve(self, wishes: Sequence[Any]) -> list[dict[str, str]]:
        """What to tell the threads of the child that wished, in their order."""
        told: list[dict[str, str]] = [{} for _ in wishes]
        calls: dict[int, Call] = {}
        for place in sorted(range(len(wishes)), key=lambda place: _branch(wishes[place])):
            wish = wishes[place]
            try:
                if not isinstance(wish, dict):
                    raise Refused("a wish has names and values")
                if "tool" in wish:
                    told[place] = {"text": self._use(wish)}
                elif self.model is None:
                    message = "the workflow asks a language model, and no task model is configured"
                    told[place] = {"error": "NoModel", "message": message}
                else:
                    calls[place] = self._admit(wish)
            except Refused as refused:
                told[place] = {"error": "CallRefused", "message": str(refused)}
        if self.model is not None and calls:
            replies = self._replies(self.model, list(calls.values()))
            for place, reply in zip(calls, replies, strict=True):
                told[place] = self._charged(reply)
        return told

    def _use(self, wish: Mapping[str, Any]) -> str:
        tool, argument = wish.get("tool"), wish.get("argument")
        if not isinstance(tool, str) or tool not in self.tools:
            raise Refused("the item has no such tool")
        if not isinstance(argument, str) or len(argument) > MAX_ARGUMENT:
            raise Refused(f"{tool} takes a text of at most {MAX_ARGUMENT} characters")
        return self.tools[tool](argument)

    def _replies(self, model: TaskModel, calls: Sequence[Call]) -> list[Reply | ModelFailed]:
        """The model's replies; those of several calls are waited for together."""

        def reply(call: Call) -> Reply | ModelFailed:
            try:
                return model.reply(call)
            except ModelFailed as error:
                return error

        started = time.monotonic()
        if len(calls) == 1:
            found = [reply(calls[0])]
        else:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found = list(pool.map(reply, calls))
        self.waited += time.monotonic() - started
        took = [each.seconds for each in found]
        self._took += took
        self.seconds += max(took)
        if self.waiting is not None:
            self.waiting(self.asked_s)
        return found

    def _charged(self, reply: Reply | ModelFailed) -> dict[str, str]:
        if isinstance(reply, ModelFailed):
            return {"error": "CallRefused", "message": f"the model failed: {reply}"}
        self.tokens += reply.tokens
        self.usd += reply.usd
        if self.tokens > self.limits.tokens:
            message = f"more than {self.limits.tokens} tokens for one item"
            return {"error": "CallRefused", "message": message}
        return {"text": reply.text}

    def _admit(self, wish: Mapping[str, Any]) -> Call:
        """The call that `wish` asks for; raises Refused with the limit that it breaks."""
        prompt, role, branch = wish.get("prompt"), wish.get("role"), wish.get("branch")
        temperature, max_tokens = wish.get("temperature"), wish.get("max_tokens")
        if not (isinstance(prompt, str) and isinstance(role, str)):
            raise Refused("a prompt and a role are texts")
        if not (isinstance(max_tokens, int) and isinstance(branch, int)):
            raise Refused("a call has a prompt, a role, a temperature and max_tokens")
        if not 0 <= branch <= MAX_BRANCH:
            raise Refused(f"a branch is a number from 0 to {MAX_BRANCH}")
        if not isinstance(temperature, int | float) or not abs(temperature) <= sys.float_info.max:
            raise Refused("a temperature is a finite number that a float can hold")
        if len(prompt) > self.limits.prompt:
            raise Refused(f"a prompt of {len(prompt)} characters; at most {self.limits.prompt}")
        if self.calls >= self.limits.calls:
            raise Refused(f"more than {self.limits.calls} calls for one item")
        if self.tokens >= self.limits.tokens:
            raise Refused(f"more than {self.limits.tokens} tokens for one item")
        self.calls += 1
        warmth = min(max(float(temperature), 0.0), MAX_TEMPERATURE)
        words = min(max(max_tokens, 1), self.limits.tokens)
        key = (prompt, role[:40], warmth, words)
        sample = self._asked[key, branch] + SAMPLES * branch
        self._asked[key, branch] += 1
        return Call(*key, sample)


def _branch(wish: Any) -> int:
    """What a wish is ordered by; one without a branch is refused later, if it needs one."""
    branch = wish.get("branch") if isinstance(wish, dict) else None
    return branch if isinstance(branch, int) else 0

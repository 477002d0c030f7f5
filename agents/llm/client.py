"""The one way to a language model."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from ...memory.calls import Call
from .allowance import Allowance, cost, most
from .errors import (
    BudgetReached,
    ConfigurationError,
    CutShort,
    LLMError,
    NotRecorded,
    Unavailable,
    Unreadable,
)
from .journal import Journal
from .pace import Pace
from .recording import Recording, described
from .records import Ask, Reply
from .secrets import Scrubber, from_environment, public_address
from .settings import Price, Settings
from .transport import LONGEST_REPLY, LiteLLMTransport, Transport, WireRequest

T = TypeVar("T")

COSTS = ("prompt_tokens", "completion_tokens", "usd")
"""Kept with each reply, so that one out of the cache still says what it once cost."""

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
"""Between two attempts: drawn evenly up to a bound that doubles from the first."""


@dataclass
class Client:
    """Asks models; every attempt is in the journal, and no budget is ever passed.

    `time_left` says for how many seconds more models may be asked: a call ends with them.

    With a `recording`, nothing is sent: only what that holds is answered, and what failed
    then fails again. A journal belongs to one thread; `sharing_limits` is for another.
    """

    settings: Settings
    journal: Journal
    limits: Mapping[str, float] = field(default_factory=dict)
    transport: Transport | None = None
    recording: Recording | None = None
    sleep: Callable[[float], None] = time.sleep
    time_left: Callable[[], float] = lambda: math.inf

    def __post_init__(self) -> None:
        """Raises ConfigurationError for a model that cannot be called, one whose key is missing
        and, under a money budget, one without a price."""
        keys = [self.settings.api_key or "", *from_environment(os.environ)]
        self._scrub = Scrubber(keys)
        self._wire = self.transport or LiteLLMTransport(self._scrub)
        self._allowance = Allowance(self.limits)
        self._prices: dict[str, Price | None] = dict(self.settings.prices)
        self._slots = threading.BoundedSemaphore(self.settings.concurrency)
        self._pace = Pace(self.settings.requests_per_minute, self._sleep)
        for name in () if self.recording else self.settings.names:
            self._wire.check(self.settings.model(name))
            self._price(name)

    def sharing_limits(self, journal: Journal) -> Client:
        """This client for another thread: its own journal, the same budgets and pace."""
        other = copy(self)
        other.journal = journal
        return other

    def complete(
        self,
        ask: Ask,
        model: str,
        read: Callable[[str], T],
        *,
        attempts: int | None = None,
        fall_back: bool = True,
    ) -> T:
        """What `read` makes of the reply's text.

        `read` raises ValueError where the text is not in the form that was asked for.
        Where `model` cannot be reached in `attempts`, the fallbacks are asked in turn.
        Raises LLMError.
        """
        tries = attempts or self.settings.attempts
        names = list(dict.fromkeys((model, *(self.settings.fallbacks if fall_back else ()))))
        for name in names[:-1]:
            try:
                return self._ask(ask, name, read, tries)
            except Unavailable:
                continue  # the journal has it; the next one is asked
        return self._ask(ask, names[-1], read, tries)

    def _ask(self, ask: Ask, name: str, read: Callable[[str], T], tries: int) -> T:
        request = WireRequest(self.settings.model(name), _body(ask))
        blank = self._blank(ask, request)
        kept = (self.recording or self.journal).find(blank.request)
        if kept is not None:
            return self._read(blank, Reply(model=name, **{**kept, "cached": True}), read)
        if self.recording is not None:
            unknown = NotRecorded(f"the recording holds no reply of {name} as {ask.role}")
            raise self.recording.failure(blank.request) or unknown
        retrying = Retrying(
            stop=stop_after_attempt(tries),
            wait=_wait,
            retry=retry_if_exception(lambda e: isinstance(e, Unavailable) and e.transient),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(self._send, ask, request, blank, read)
        except CutShort:
            raise  # the journal has it
        except BudgetReached as error:  # no call was made, but a replay has to know
            self.journal.record(replace(blank, error=described(error)))
            raise

    def _send(self, ask: Ask, request: WireRequest, blank: Call, read: Callable[[str], T]) -> T:
        """One attempt. Its bound is held until the journal has what it really cost."""
        price = self._price(request.model.name)
        bound = most(ask, price)
        with self._allowance.hold(bound, self.journal.spent), self._slots:
            self._pace.wait()
            timeout_s = min(self.settings.timeout_s, self._require_time())
            begun = time.monotonic()
            try:
                reply = self._wire.send(request, timeout_s)
            except LLMError as error:
                wall_s = time.monotonic() - begun
                failure = self._cut_short(error, timeout_s)
                failure.wall_s = wall_s
                billed = bound if getattr(error, "maybe_billed", False) else {}
                tokens, usd = int(billed.get("tokens", 0)), billed.get("usd", 0.0)
                self.journal.record(
                    replace(
                        blank,
                        error=described(failure),
                        prompt_tokens=tokens,
                        usd=usd,
                        wall_s=wall_s,
                    )
                )
                raise failure from None
            reply = _counted(reply, ask)
            usd = cost(reply.prompt_tokens, reply.completion_tokens, price)
            wall_s = time.monotonic() - begun
            reply = replace(reply, text=self._scrub(reply.text), usd=usd, wall_s=wall_s)
            return self._read(blank, reply, read)

    def _require_time(self) -> float:
        """The seconds that are left; raises BudgetReached where there are none."""
        left = self.time_left()
        if left <= 0:
            raise BudgetReached("no time is left to ask in")
        return left

    def _cut_short(self, error: LLMError, timeout_s: float) -> LLMError:
        """`error`, or that time was over before there was any reply."""
        if isinstance(error, Unavailable) and self.time_left() <= 0:
            return CutShort(f"no reply in the {timeout_s:.3g} s that were left to ask in")
        return error

    def _sleep(self, seconds: float) -> None:
        """Wait, but for no longer than anything may be asked."""
        self.sleep(min(seconds, max(0.0, self.time_left())))

    def _read(self, blank: Call, reply: Reply, read: Callable[[str], T]) -> T:
        """Read and record the reply; one that nobody could read is recorded as such."""
        paid = {} if reply.cached else {name: getattr(reply, name) for name in (*COSTS, "wall_s")}
        call = replace(blank, **paid)
        fault = _fault(reply)
        if fault is not None:
            self.journal.record(replace(call, error=described(fault)))
            fault.wall_s = call.wall_s
            raise fault
        kept = {
            name: getattr(reply, name) for name in ("text", "finish", "cached", "wall_s", *COSTS)
        }
        try:
            value = read(reply.text)
        except ValueError as error:
            cut = "; it was cut off at its longest" if reply.finish == "length" else ""
            self.journal.record(replace(call, reply=kept, error=f"unreadable: {error}{cut}"))
            raise Unreadable(f"{error}{cut}", reply.text) from None
        self.journal.record(replace(call, reply=kept))
        return value

    def _blank(self, ask: Ask, request: WireRequest) -> Call:
        """The call as it is kept, still without an outcome: its request is the cache's key,
        with all that shapes the reply, and without secrets."""
        base = request.model.api_base
        body = dict(request.body)
        body["messages"] = [{**m, "content": self._scrub(m["content"])} for m in body["messages"]]
        return Call(
            campaign=self.journal.campaign,
            role=ask.role,
            model=request.model.name,
            request={
                **body,
                "model": request.model.name,
                "api_base": base and public_address(base),
                "prompt": ask.prompt,
            },
            decision=ask.decision,
        )

    def _price(self, name: str) -> Price | None:
        """The model's price, configured or known to litellm; looked up once."""
        if name not in self._prices:
            self._prices[name] = self._wire.price(self.settings.model(name))
        if self._prices[name] is None and self._allowance.counts_money:
            raise ConfigurationError(
                f"a money budget needs the price of {name}, which is not known:"
                " give it under prices in the configuration"
            )
        return self._prices[name]


def _body(ask: Ask) -> dict[str, Any]:
    return {
        "messages": [{"role": m.role, "content": m.content} for m in ask.messages],
        "temperature": ask.temperature,
        "max_tokens": ask.max_tokens,
        "seed": ask.seed,
        **ask.options,
    }


def _counted(reply: Reply, ask: Ask) -> Reply:
    """`reply` with its tokens; where the endpoint counts none, with their upper bound."""
    if reply.prompt_tokens or reply.completion_tokens:
        return reply
    said = len(reply.text.encode(errors="replace"))
    prompt = int(most(ask, None)["tokens"]) - ask.max_tokens
    return replace(reply, prompt_tokens=prompt, completion_tokens=said)


def _fault(reply: Reply) -> Unavailable | Unreadable | None:
    """Why nobody needs to read the reply, which is not kept then either."""
    if not reply.text.strip():
        return Unavailable(f"{reply.model}: an empty reply", transient=True)
    if len(reply.text) > LONGEST_REPLY:
        said = f"a reply of {len(reply.text):,} characters, over {LONGEST_REPLY:,}"
        return Unreadable(said, reply.text[:LONGEST_REPLY])
    return None


def _wait(state: RetryCallState) -> float:
    """As long as the endpoint asked for, up to a bound; else backoff with jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, Unavailable) else None
    if asked is not None:
        return min(asked, LONGEST_WAIT_S)
    return wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)(state)

"""The child's side of a workflow: it answers item by item, and asks the parent for replies.

The workflow runs in a thread of its own, one an item, so that the thread that talks to the
parent stays free to say that the time is up.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from ...sandbox.harness import load_module
from .tools import make_tools

Event = dict[str, Any]
Solve = Callable[[str, Callable[..., str], Mapping[str, Callable[..., Any]]], Any]


class NoModel(RuntimeError):
    """A workflow asked for a language model where none is configured."""


class CallRefused(RuntimeError):
    """The parent did not carry out a call: a limit was reached, or the model failed."""


REFUSALS = {"NoModel": NoModel, "CallRefused": CallRefused}
STACK_BYTES = 16 * 1024 * 1024


class Conversation:
    """One item being answered, as a sequence of events: calls, then one ending.

    An event is {"kind": "call", "prompt", "role", "temperature", "max_tokens"}, or ends the
    item: {"kind": "reply", "text"}, {"kind": "error", "error", "message"},
    {"kind": "late"}, {"kind": "long", "size"}.
    """

    def __init__(self, solve: Solve, question: str, tools: Mapping[str, Any], max_reply: int):
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._told: SimpleQueue[Event] = SimpleQueue()
        self._asking = threading.Lock()
        self._max_reply = max_reply
        arguments = (solve, question, tools)
        threading.Thread(target=self._answer, args=arguments, daemon=True).start()

    def next(self, seconds: float) -> Event:
        """The next event; "late" where there is none within `seconds`."""
        try:
            return self._events.get(timeout=max(seconds, 0.0))
        except Empty:
            return {"kind": "late"}

    def tell(self, told: Event) -> None:
        """Let the call that waits go on: with {"text"}, or {"error", "message"}."""
        self._told.put(told)

    def _call(
        self, prompt: str, *, role: str = "", temperature: float = 0.0, max_tokens: int = 256
    ) -> str:
        """Ask the task model. Raises NoModel or CallRefused."""
        event = {
            "kind": "call",
            "prompt": str(prompt),
            "role": str(role),
            "temperature": float(temperature),
            "max_tokens": int(max_tokens),
        }
        with self._asking:
            self._events.put(event)
            told = self._told.get()
        if "error" in told:
            raise REFUSALS[told["error"]](told["message"])
        return told["text"]

    def _answer(self, solve: Solve, question: str, tools: Mapping[str, Any]) -> None:
        try:
            self._events.put(self._ending(solve(question, self._call, tools)))
        except BaseException as error:
            message = str(error)[:500]
            self._events.put({"kind": "error", "error": type(error).__name__, "message": message})

    def _ending(self, reply: Any) -> Event:
        text = reply if isinstance(reply, str) else "" if reply is None else str(reply)
        if len(text) > self._max_reply:
            return {"kind": "long", "size": len(text)}
        return {"kind": "reply", "text": text}


def harness(source: str) -> Mapping[str, Callable[..., dict[str, Any]]]:
    """Ops: "begin" an item, and "tell" it the reply to its call; both give the next event.

    `seconds` is how long the item may still take. Raises where the source defines neither
    `solve` nor `graph`.
    """
    threading.stack_size(STACK_BYTES)
    solve = find_solve(load_module(source))
    running: dict[str, Conversation] = {}

    def begin(
        question: str, tools: list[str], payload: dict[str, Any], seconds: float, max_reply: int
    ) -> Event:
        started = time.monotonic()
        running["item"] = Conversation(solve, question, make_tools(tools, payload), max_reply)
        return running["item"].next(seconds - (time.monotonic() - started))

    def tell(told: Event, seconds: float) -> Event:
        running["item"].tell(told)
        return running["item"].next(seconds)

    return {"begin": begin, "tell": tell}


def find_solve(module: Any) -> Solve:
    """What answers a question in a candidate's module.

    `solve(question, call, tools)`, `solve(question, call)`, or `graph`, a compiled
    LangGraph graph with `question` and `answer` in its state. Raises TypeError.
    """
    solve = getattr(module, "solve", None)
    graph = getattr(module, "graph", None)
    if callable(solve):
        try:
            inspect.signature(solve).bind("", None, {})
        except TypeError:
            return lambda question, call, tools: solve(question, call)
        return solve
    if graph is not None and hasattr(graph, "invoke"):
        return lambda question, call, tools: graph.invoke(
            {"question": question}, {"configurable": {"call": call, "tools": tools}}
        ).get("answer", "")
    raise TypeError("the workflow defines neither solve(question, call, tools) nor graph")

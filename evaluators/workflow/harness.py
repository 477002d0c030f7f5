"""The child's side of a workflow: it answers item by item, and asks the parent for replies.

The workflow runs in a thread of its own, so that the thread that talks to the parent stays
free to say that the time is up.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from zlib import crc32

from ...sandbox.harness import load_module
from .tools import Tool, make_tools
from .watching import Watch

Event = dict[str, Any]
Solve = Callable[[str, Callable[..., str], Mapping[str, Callable[..., Any]]], Any]


class NoModel(RuntimeError):
    """A workflow asked for a language model where none is configured."""


class CallRefused(RuntimeError):
    """The parent did not carry out a call: a limit was reached, or the model failed."""


REFUSALS = {"NoModel": NoModel, "CallRefused": CallRefused}
STACK_BYTES = 16 * 1024 * 1024
SETTLE_S = 0.005
"""How long a call from a branch waits for those of the branches beside it."""


@dataclass
class _Ask:
    """What a thread of the workflow wants of the parent, and where it waits for that."""

    wish: Event
    reply: SimpleQueue[Event] = field(default_factory=SimpleQueue)


class Answerer:
    """Answers one item after the other, in a thread of its own, as a sequence of events.

    An event is {"kind": "asks", "asks": [...]}, wishes that go out together, or ends the item:
    {"kind": "reply", "text"}, {"kind": "error", "error", "message"}, {"kind": "late"},
    {"kind": "long", "size"}. A wish is a call of the model, {"prompt", "role", "temperature",
    "max_tokens", "branch"}, or of a tool of the parent's, {"tool", "argument"}.
    """

    def __init__(self, solve: Solve, watch: Watch) -> None:
        self._solve, self._watch = solve, watch
        self._items: SimpleQueue[tuple[str, Mapping[str, Tool], int]] = SimpleQueue()
        self._events: SimpleQueue[_Ask | Event] = SimpleQueue()
        self._waiting: list[_Ask] = []
        self._thread = threading.Thread(target=self._work, daemon=True)

    def begin(self, question: str, tools: Mapping[str, Tool], max_reply: int) -> None:
        """Start on another item. What threads of the last one still want is nobody's."""
        self._events, self._waiting = SimpleQueue(), []
        if not self._thread.is_alive():  # the gates load a workflow where no thread may start
            self._thread.start()
        self._items.put((question, tools, max_reply))

    def next(self, seconds: float) -> Event:
        """The next event; "late" where there is none within `seconds`."""
        try:
            event = self._events.get(timeout=max(seconds, 0.0))
            if not isinstance(event, _Ask):
                return event
            self._waiting = [event]
            while self._waiting[-1].wish.get("branch"):
                beside = self._events.get(timeout=SETTLE_S)
                if not isinstance(beside, _Ask):
                    return beside
                self._waiting.append(beside)
        except Empty:
            if not self._waiting:
                return {"kind": "late"}
        return {"kind": "asks", "asks": [ask.wish for ask in self._waiting]}

    def tell(self, told: list[Event]) -> None:
        """Let the threads that asked go on: with {"text"}, or {"error", "message"}, each."""
        asked, self._waiting = self._waiting, []
        for ask, reply in zip(asked, told, strict=True):
            ask.reply.put(reply)

    def use(self, tool: str, argument: str) -> str:
        """Use a tool of the parent's."""
        return self._asked({"tool": tool, "argument": str(argument), "branch": self._branch()})

    def _call(
        self, prompt: str, *, role: str = "", temperature: float = 0.0, max_tokens: int = 256
    ) -> str:
        """Ask the task model. Raises NoModel or CallRefused."""
        wish = {
            "prompt": str(prompt),
            "role": str(role),
            "temperature": float(temperature),
            "max_tokens": int(max_tokens),
            "branch": self._branch(),
        }
        text = self._asked(wish)
        self._watch.note(f"the model as {role or 'nobody'}", text)
        return text

    def _asked(self, wish: Event) -> str:
        ask = _Ask(wish)
        self._events.put(ask)
        told = ask.reply.get()
        if "error" in told:
            raise REFUSALS[told["error"]](told["message"])
        text: str = told["text"]
        return text

    def _branch(self) -> int:
        """0 where one thing happens after the other; else a number for the place in the graph.

        Which of several branches asks first is up to chance, but who asks is not.
        """
        if threading.current_thread() is self._thread:
            return 0
        from langgraph.config import get_config

        try:
            path = str(get_config()["configurable"].get("checkpoint_ns", ""))
        except RuntimeError:  # a thread of the workflow's own
            return 1
        names = "|".join(part.partition(":")[0] for part in path.split("|"))
        return 1 + crc32(names.encode())

    def _work(self) -> None:
        while True:
            question, tools, max_reply = self._items.get()
            try:
                event = _ending(self._solve(question, self._call, tools), max_reply)
            except BaseException as error:
                message = str(error)[:500]
                event = {"kind": "error", "error": type(error).__name__, "message": message}
            self._events.put(event)


def _ending(reply: Any, max_reply: int) -> Event:
    text = reply if isinstance(reply, str) else "" if reply is None else str(reply)
    if len(text) > max_reply:
        return {"kind": "long", "size": len(text)}
    return {"kind": "reply", "text": text}


def harness(source: str) -> Mapping[str, Callable[..., dict[str, Any]]]:
    """Ops: "begin" an item, and "tell" it what it asked for; both give the next event.

    `seconds` is how long the item may still take, `hosted` describes the tools of the parent's,
    `bypassed` is a node to skip. "trace" gives the steps of the last item, "visits" how often
    each node ran so far. Raises where the source defines neither `solve` nor `graph`.
    """
    threading.stack_size(STACK_BYTES)
    module = load_module(source)
    watch = Watch(module)
    answerer = Answerer(find_solve(module), watch)

    def begin(
        question: str,
        tools: list[str],
        payload: dict[str, Any],
        hosted: dict[str, str],
        seconds: float,
        max_reply: int,
        bypassed: str = "",
    ) -> Event:
        started = time.monotonic()
        watch.begin(bypassed)
        others = {name: _remote(answerer, name, doc) for name, doc in hosted.items()}
        answerer.begin(question, make_tools(tools, payload, others), max_reply)
        return answerer.next(seconds - (time.monotonic() - started))

    def tell(told: list[Event], seconds: float) -> Event:
        answerer.tell(told)
        return answerer.next(seconds)

    return {
        "begin": begin,
        "tell": tell,
        "trace": lambda: {"steps": watch.told()},
        "visits": lambda: {"visits": dict(watch.visits)},
    }


def _remote(answerer: Answerer, name: str, doc: str) -> Tool:
    def tool(argument: str = "") -> str:
        return answerer.use(name, argument)

    tool.__name__, tool.__doc__ = name, doc
    return tool


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

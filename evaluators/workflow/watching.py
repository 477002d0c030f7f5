"""What the nodes of a workflow did, and what comes out where one of them does nothing.

Any LangGraph graph can be watched: the functions of its nodes are wrapped where they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

MAX_STEPS, MAX_TEXT = 24, 400
"""What is told of one item: its first steps, and so many characters of each."""
PLAIN = (str, int, float, bool)

Node = Callable[..., Any]


class Watch:
    """Notes each step of the item that is being answered; `bypassed` names a node to skip.

    A node that is skipped changes nothing. Where there is no answer yet, it leaves "" as one.
    """

    def __init__(self, module: Any) -> None:
        self.visits: Counter[str] = Counter()
        self.bypassed = ""
        self._steps: list[tuple[str, Any]] = []
        for graph in vars(module).values():
            nodes = getattr(graph, "nodes", None)
            if isinstance(nodes, dict) and hasattr(graph, "invoke"):
                self._wrap(nodes)

    def begin(self, bypassed: str) -> None:
        """Another item."""
        self._steps, self.bypassed = [], bypassed

    def note(self, step: str, what: Any) -> None:
        if len(self._steps) < MAX_STEPS:
            self._steps.append((step, what))

    def told(self) -> list[list[str]]:
        """The steps of the last item, each as [node, what it left], in plain text."""
        return [[name, _shown(what)[:MAX_TEXT]] for name, what in self._steps]

    def _wrap(self, nodes: Mapping[str, Any]) -> None:
        for name, node in nodes.items():
            bound: Any = getattr(node, "bound", None)
            function = getattr(bound, "func", None)
            if name != "__start__" and callable(function):
                self.visits[name] = 0
                bound.func = self._watched(name, function)

    def _watched(self, name: str, function: Node) -> Node:
        def run(*args: Any, **kwargs: Any) -> Any:
            self.visits[name] += 1
            if name == self.bypassed:
                state = args[0] if args else None
                return {} if isinstance(state, dict) and "answer" in state else {"answer": ""}
            update = function(*args, **kwargs)
            self.note(name, update)
            return update

        return run


def _shown(what: Any) -> str:
    """Plain values as text; of others the type alone, for their own `repr` may do anything."""
    if type(what) is dict:
        return ", ".join(f"{_shown(key)}: {_shown(value)}" for key, value in what.items())
    if type(what) is list:
        return " | ".join(_shown(each) for each in what)
    if type(what) in PLAIN:
        return str(what)[:MAX_TEXT]
    return type(what).__name__

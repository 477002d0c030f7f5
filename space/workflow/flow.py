"""A workflow's graph while it is being written: nodes, where each leads, the state's fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

END = -1
"""Where a workflow ends, in place of a node's number."""

ANSWERED = 'bool(state["answer"])'
CODE = "code"
"""What the labels of nodes of code begin with."""


@dataclass(frozen=True)
class Exit:
    """Where a block leads: to `then`, or, with no answer in hand, to `unanswered`."""

    then: int
    unanswered: int | None = None


@dataclass(frozen=True)
class Node:
    """One node: a function's name, docstring and body, and where it leads.

    Without a `condition`, a Python expression over the state, it always leads to `then`. Where
    it has `branches`, it leads to all of these nodes at once, and once all are done to `then`.
    """

    label: str
    doc: str
    body: tuple[str, ...]
    then: int = END
    condition: str = ""
    otherwise: int = END
    branches: tuple[int, ...] = ()
    runs: str = ""
    """The graph that it runs as a whole, if any."""


@dataclass
class Flow:
    """Nodes by number, and the fields that they write, with their types."""

    nodes: dict[int, Node] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    start: int = END
    graphs: dict[str, int] = field(default_factory=dict)
    """Graphs that nodes run as a whole, by name: where each begins."""

    def new(self, label: str, doc: str, *body: str) -> int:
        """A node that leads nowhere yet."""
        return self.add(Node(label, doc, body))

    def add(self, node: Node) -> int:
        """The number of `node`, from here on one of these."""
        number = len(self.nodes)
        self.nodes[number] = node
        return number

    def lead(self, node: int, exit_: Exit) -> int:
        """Let `node` leave by `exit_`; returns `node`."""
        if exit_.unanswered is None:
            return self.goto(node, exit_.then)
        return self.branch(node, ANSWERED, exit_.then, exit_.unanswered)

    def goto(self, node: int, then: int) -> int:
        """Let `node` always lead to `then`; returns `node`."""
        self.nodes[node] = replace(self.nodes[node], then=then, condition="")
        return node

    def branch(self, node: int, condition: str, then: int, otherwise: int) -> int:
        """Let `node` lead to `then` where `condition` holds; returns `node`."""
        self.nodes[node] = replace(
            self.nodes[node], condition=condition, then=then, otherwise=otherwise
        )
        return node

    def fork(self, node: int, branches: Sequence[int], then: int) -> int:
        """Let `node` lead to all `branches` at once, and these to `then`; returns `node`."""
        self.nodes[node] = replace(self.nodes[node], branches=tuple(branches), then=then)
        return node

    def own_graph(self, name: str, start: int) -> str:
        """A graph that begins at `start`: `name`, or `name` with a number."""
        own = name if name not in self.graphs else f"{name}_{len(self.graphs) + 1}"
        self.graphs[own] = start
        return own

    def own_field(self, name: str, type_: str) -> str:
        """A field of the state that nobody else has: `name`, or `name` with a number."""
        taken = (f"{name}_{i}" for i in range(2, len(self.fields) + 3))
        own = name if name not in self.fields else next(n for n in taken if n not in self.fields)
        return self.share(own, type_)

    def share(self, name: str, type_: str = "str") -> str:
        """A field of the state that several nodes use."""
        self.fields[name] = type_
        return name

    def in_order(self, start: int | None = None) -> Iterator[tuple[int, Node]]:
        """The nodes that can be reached, as a reader meets them: depth first.

        From `start` on, those of one graph; else those of the whole and then of each graph.
        """
        waiting = [*reversed(self.graphs.values()), self.start] if start is None else [start]
        seen = {END}
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            node = self.nodes[number]
            yield number, node
            waiting += [node.then, node.otherwise] if node.condition else [node.then]
            waiting += reversed(node.branches)

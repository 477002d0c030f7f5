"""The tree's memory: candidates as nodes, edits as edges, what was found below each.

A candidate reached in two ways is one node with two parents, so both see what it leads to
(Saffidine, Cazenave and Mehat 2012). Counting a visit costs the depth along first parents, which
has a bound; backing up a score, or a change, costs the ancestors at most, each met once however
many ways lead to it. What no descent meets any more can be forgotten, so a long search holds no
more than a short one.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ...space import Level, Operator

ROOT = ""
"""The id of the node above all samples and references."""

DEEPEST = 16
"""Edges from the root; what was edited further hangs beside its parent instead of below it."""

Arm = tuple[Operator, Level | None]


@dataclass(slots=True)
class Node:
    """One candidate. `best` is the best score at or below it; -inf before there is one.

    `visits` are results at or below it and `pending` intents in flight there, both along
    first parents. `expansions` are results of its own edits, `started` those in flight.
    `promise` is what a predictor last hoped for from here; `closed` are arms that led to
    nothing new. `fading` nodes were out of sight when the tree was last pruned; `exhausted`
    ones were found to have no place to go on from, themselves and whatever is below them.
    """

    id: str
    depth: int = 0
    fading: bool = False
    exhausted: bool = False
    score: float | None = None
    results: int = 0
    best: float = -math.inf
    visits: int = 0
    pending: int = 0
    expansions: int = 0
    started: int = 0
    promise: float | None = None
    closed: set[Arm] = field(default_factory=set)
    parents: list[Node] = field(default_factory=list, repr=False)
    children: list[tuple[float, str]] = field(default_factory=list, repr=False)
    """(-best, id) of each child in ascending order: the best comes first."""


class Graph:
    """All nodes, by id."""

    def __init__(self) -> None:
        self._nodes = {ROOT: Node(ROOT)}

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[Node]:
        """All nodes in the order in which they were added, the root first."""
        return iter(self._nodes.values())

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._nodes

    def __getitem__(self, node_id: str) -> Node:
        return self._nodes[node_id]

    def line(self, node_id: str, length: int) -> list[float | None]:
        """At most `length` scores: of a node, of what was edited to make it, and so on up.

        It ends where a node may hang elsewhere than below what was edited.
        """
        scores: list[float | None] = []
        node = self._nodes.get(node_id)
        while node is not None and node.id != ROOT and len(scores) < length:
            scores.append(node.score)
            node = node.parents[0] if node.parents and node.depth < DEEPEST else None
        return scores

    def top_children(self, node: Node, count: int) -> Iterator[Node]:
        """The children with the best scores below them, best first."""
        return (self._nodes[child] for _, child in node.children[:count])

    def add(self, node_id: str, parents: Sequence[str]) -> Node:
        """The node of a candidate, made or given another parent where that is new."""
        above = [self._nodes[parent] for parent in parents]
        above = [parent.parents[0] if parent.depth == DEEPEST else parent for parent in above]
        node = self._nodes.get(node_id)
        if node is None:
            node = self._nodes[node_id] = Node(node_id, 1 + above[0].depth)
        for parent in above:
            known = any(parent is other for other in node.parents)
            if not known and not self._is_above(node, parent):
                node.parents.append(parent)
                insort(parent.children, (-node.best, node_id))
                self._raise(parent, node.best)
                self._stir(parent)
        return node

    def record(self, node: Node, score: float | None, origin: Node) -> None:
        """Count a result at `node`, and back it up. Several results are averaged.

        `origin` is the node that was edited, or the root.
        """
        origin.expansions += 1
        for above in self.lineage(node):
            above.visits += 1
        self._stir(node)
        if score is None:
            return
        node.results += 1
        before = node.score or 0.0
        node.score = before + (score - before) / node.results
        self._raise(node, node.score)

    def hold(self, node: Node) -> None:
        """An intent starts at `node`: virtual loss all the way up."""
        node.started += 1
        for above in self.lineage(node):
            above.pending += 1
        self._stir(node)

    def release(self, node: Node) -> None:
        """An intent that started at `node` has ended."""
        node.started -= 1
        for above in self.lineage(node):
            above.pending -= 1
        self._stir(node)

    def prune(self, breadth: int, kept: Iterable[str]) -> None:
        """Forget the nodes that no descent from the root has met since the last time but one.

        A descent sees the `breadth` best children of each node. Scores below a node only rise
        by what is tried there, so whatever fell out of sight stays so, unless it is in `kept`,
        for those who find their nodes in other ways. What was in sight the last time stays once
        more: runs that started there may still be in flight, and a search that is told its
        results again, with nothing in flight, has to forget the same.
        """
        needed = self._in_sight(breadth) | {node_id for node_id in kept if node_id in self}
        staying = {node.id for node in self if not node.fading or node.pending} | needed
        waiting = [parent for node_id in staying for parent in self[node_id].parents]
        while waiting:  # scores are backed up along all parents
            node = waiting.pop()
            if node.id not in staying:
                staying.add(node.id)
                waiting += node.parents
        self._nodes = {node.id: node for node in self if node.id in staying}
        for node in self:
            node.children = [row for row in node.children if row[1] in staying]
            node.fading = node.id not in needed

    def lineage(self, node: Node) -> Iterator[Node]:
        """`node`, its first parent, and so on up to the root."""
        yield node
        while node.parents:
            node = node.parents[0]
            yield node

    def _in_sight(self, breadth: int) -> set[str]:
        """What a descent from the root may meet."""
        waiting, found = [self[ROOT]], {ROOT}
        while waiting:
            for child in self.top_children(waiting.pop(), breadth):
                if child.id not in found:
                    found.add(child.id)
                    waiting.append(child)
        return found

    def _stir(self, node: Node) -> None:
        """Something changed at `node`: it and all above may have a place to go on from again."""
        for above in self._ancestry(node):
            above.exhausted = False

    def _raise(self, node: Node, score: float) -> None:
        """Let `score` count at `node` and above, as far as it is news."""
        waiting = [node]
        while waiting:
            child = waiting.pop()
            if score <= child.best:
                continue
            before, child.best = child.best, score
            for parent in child.parents:
                place = bisect_left(parent.children, (-before, child.id))
                del parent.children[place]
                insort(parent.children, (-score, child.id))
                waiting.append(parent)

    def _is_above(self, node: Node, other: Node) -> bool:
        """Whether `node` is `other` or one of its ancestors: an edge would close a circle."""
        return any(above is node for above in self._ancestry(other))

    def _ancestry(self, node: Node) -> Iterator[Node]:
        """`node` and all its ancestors, each once however many ways lead to it."""
        waiting, seen = [node], {id(node)}
        while waiting:
            current = waiting.pop()
            yield current
            for parent in current.parents:
                if id(parent) not in seen:
                    seen.add(id(parent))
                    waiting.append(parent)

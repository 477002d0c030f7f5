"""Where to go on: from the root down to a node, by upper confidence bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from .graph import ROOT, Arm, Node
from .tree_options import FRESH, TreeOptions
from .tree_state import TreeState


def select(state: TreeState, options: TreeOptions) -> Node:
    """The node to go on from; the root while it begins, and where no place is open."""
    root = state.graph[ROOT]
    return root if _begins(state, options) else Descent(state, options).find(root) or root


def further_places(state: TreeState, options: TreeOptions, node: Node, arm: Arm) -> Sequence[str]:
    """Other nodes on the island of `node` that `arm` may go on from in the same turn."""
    top = state.graph[state.islands.of(node.id).root]
    seen, places = {node.id, ROOT}, []
    for _ in range(options.places - 1):
        other = Descent(state, options, but=seen).find(top)
        if other is None:
            break
        seen.add(other.id)
        if arm not in other.closed:
            places.append(other.id)
    return places


@dataclass
class Descent:
    """One way down the tree, to a node that is not in `but`."""

    state: TreeState
    options: TreeOptions
    but: AbstractSet[str] = frozenset()
    _dead: set[str] = field(default_factory=set)
    """Nodes found to have no open place at or below them."""

    def find(self, top: Node) -> Node | None:
        """Take the best step at each node, down to a place; the next best where that is dead.

        What is found dead is known as exhausted until something changes there; not where some
        places were left out, which may be open.
        """
        # No recursion: along second parents, a way down may be as long as the search.
        way = [(top, self._steps(top))]
        while way:
            node, steps = way[-1]
            step = next(steps, None)
            if step is node:
                return node
            if step is None:
                self._dead.add(node.id)
                if not self.but:
                    node.exhausted = True
                way.pop()
            elif step.id not in self._dead:
                way.append((step, self._steps(step)))
        return None

    def _steps(self, node: Node) -> Iterator[Node]:
        """Where to go on at `node`, the best first: its children, and itself."""
        log_total = math.log(2 + node.visits + node.pending)
        steps = [
            (self._worth_below(node, child, log_total), child)
            for child in self.state.graph.top_children(node, self.options.breadth)
            if not child.exhausted
        ]
        if node.id not in self.but and self._is_open(node):
            steps.append((self._own_worth(node, log_total), node))
        return (step for _, step in sorted(steps, key=_worth, reverse=True))

    def _worth_below(self, node: Node, child: Node, log_total: float) -> float:
        """How good it is to go on at `child`.

        Islands are taken for equally good, so the one with the fewest results comes next.
        """
        alike = node.id == ROOT and len(self.state.islands) > 1
        best = node.best if alike else child.best
        return self._bound(self.state.ranks.of(best), log_total, child.visits + child.pending)

    def _is_open(self, node: Node) -> bool:
        """Whether `node` itself may be gone on from: never from what failed."""
        tries = node.expansions + node.started
        if tries >= self.options.widening * (1 + node.visits + node.pending) ** 0.5:
            return False
        if node.id == ROOT:
            return FRESH not in node.closed
        return node.score is not None and not node.closed.issuperset(self.options.arms)

    def _own_worth(self, node: Node, log_total: float) -> float:
        """How good it is to go on from `node` itself."""
        hope = node.score if node.promise is None else node.promise
        rank = 0.5 if hope is None else self.state.ranks.of(hope)
        return self._bound(rank, log_total, node.expansions + node.started)

    def _bound(self, rank: float, log_total: float, tries: int) -> float:
        return rank + self.options.exploration * math.sqrt(log_total / (1 + tries))


def _begins(state: TreeState, options: TreeOptions) -> bool:
    """Whether fresh samples are still due: some, and until every island has a score."""
    root = state.graph[ROOT]
    few = root.visits + root.pending < options.warmup
    return few or any(state.graph[island.root].best == -math.inf for island in state.islands)


def _worth(step: tuple[float, Node]) -> float:
    return step[0]

"""Islands: populations that evolve apart, and now and then send each other their best.

The island model of evolutionary search (Tanese 1989), of which FunSearch is one (Romera-Paredes
et al. 2024). An island is what hangs, along first parents, below a node of its own just under the
root, so the tree itself says who belongs where, and telling the same outcomes again makes the
same islands. A single island is the whole tree.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .archive import Archive, Elite
from .graph import ROOT, Graph

MIGRATION = 10
"""Results of its own after which an island sends its best to the next one."""
MOST_ISLANDS = 16
"""As many as a descent looks at; FunSearch has ten."""


@dataclass(eq=False)
class Island:
    """A population below the node `root`: its `breadth` best, best first, and its archive."""

    root: str
    breadth: int
    best: list[Elite] = field(default_factory=list)
    archive: Archive = field(default_factory=Archive)

    def add(self, elite: Elite, *, again: bool = False) -> None:
        """Place a result. It is ranked by its first, unlike what comes `again`."""
        if not again:
            insort(self.best, elite, key=_rank)
            del self.best[self.breadth :]
        if elite.descriptors:
            self.archive.add(elite)

    def __iter__(self) -> Iterator[Elite]:
        """All whom its own may be recombined with; some come twice."""
        yield from self.best
        yield from self.archive


class Islands:
    """`count` islands in a ring, whose candidates are nodes of `graph`."""

    def __init__(self, graph: Graph, count: int, breadth: int) -> None:
        self._graph = graph
        roots = [f"island {i}" for i in range(count)] if count > 1 else [ROOT]
        self._islands = {root: Island(root, breadth) for root in roots}
        self._next = dict(zip(roots, [*roots[1:], roots[0]], strict=True))
        if count > 1:
            for root in roots:
                graph.add(root, [ROOT])

    def __len__(self) -> int:
        return len(self._islands)

    def __iter__(self) -> Iterator[Island]:
        return iter(self._islands.values())

    def of(self, node_id: str) -> Island:
        """Where a candidate lies."""
        lineage = self._graph.lineage(self._graph[node_id])
        return next(self._islands[node.id] for node in lineage if node.id in self._islands)

    def home(self, candidate_id: str, parents: Sequence[str]) -> Island:
        """Where a candidate belongs: where it lies already, else where its first parent does.

        Without a parent, as samples and references are, where there are fewest results.
        """
        for known in (candidate_id, *parents[:1]):
            if known in self._graph:
                return self.of(known)
        return min(self, key=lambda island: self._graph[island.root].visits)

    def migrate(self, island: Island) -> None:
        """After a result of `island`: when it is time, its best is one of the next island's too."""
        if self._graph[island.root].visits % MIGRATION or not island.best:
            return
        guest, host = island.best[0], self._islands[self._next[island.root]]
        if all(known.id != guest.id for known in host.best):
            host.add(guest)


def _rank(elite: Elite) -> tuple[float, str]:
    return -elite.score, elite.id

"""What the shape of a computation graph says: walks, neighbourhoods, routes, depths.

Everything here is invariant to the order in which nodes are written, and knows labels
only as names. Cycles are allowed: depth follows edges in topological order and ignores
those that close a cycle.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

from ..space import Blueprint
from ..space.wiring import Wiring, wiring

Bag = Mapping[str, float] | Mapping[int, float]
"""Named figures; a name is words, or a number that stands for them."""

MAX_NODES = 512
"""Nodes beyond these are left out, so that a huge tree costs no more than a large one."""
MAX_ROUTES = 256
MAX_WALKS = 4096


@dataclass(frozen=True)
class Layout:
    """Directed edges among nodes 0..size-1, without labels: tables share few of them."""

    size: int
    edges: tuple[tuple[int, int], ...]

    @cached_property
    def sources(self) -> list[list[int]]:
        """The nodes that each node reads."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for a, b in self.edges:
            found[b].append(a)
        return found

    @cached_property
    def targets(self) -> list[list[int]]:
        """The nodes that read each node."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for a, b in self.edges:
            found[a].append(b)
        return found

    @cached_property
    def order(self) -> list[int]:
        """Nodes, those that are read before those that read; cycles last."""
        missing = [len(s) for s in self.sources]
        ready = [i for i, count in enumerate(missing) if not count]
        for i in ready:  # grows while it is walked
            for j in self.targets[i]:
                missing[j] -= 1
                if not missing[j]:
                    ready.append(j)
        seen = set(ready)
        return ready + [i for i in range(self.size) if i not in seen]

    @cached_property
    def depth(self) -> list[int]:
        """Edges on the longest way from a source to each node."""
        return self._along(self.order, self.sources, max)

    @cached_property
    def nearest(self) -> list[int]:
        """Edges on the shortest way from a source to each node."""
        return self._along(self.order, self.sources, min)

    @cached_property
    def height(self) -> list[int]:
        """Edges on the longest way from each node to a sink."""
        return self._along(self.order[::-1], self.targets, max)

    @cached_property
    def sinks(self) -> list[int]:
        return [i for i, t in enumerate(self.targets) if not t]

    @cached_property
    def figures(self) -> dict[str, float]:
        """Size, depth, width and number of ways through."""
        ways = [0.0] * self.size
        for i in self.order:
            ways[i] = sum(ways[j] for j in self.sources[i]) or 1.0
        return {
            "nodes": self.size,
            "edges": len(self.edges),
            "longest": max(self.depth, default=0),
            "shortest": min((self.nearest[i] for i in self.sinks), default=0),
            "ways": math.log1p(min(sum(ways[i] for i in self.sinks), 1e12)),
            "fan in": max(map(len, self.sources), default=0),
            "fan out": max(map(len, self.targets), default=0),
            "mean depth": sum(self.depth) / max(1, self.size),
        }

    def _along(
        self, order: list[int], before: list[list[int]], pick: Callable[..., int]
    ) -> list[int]:
        found = [0] * self.size
        for i in order:
            if before[i]:
                found[i] = 1 + pick([found[j] for j in before[i]])
        return found


@lru_cache(maxsize=1024)
def _layout(size: int, edges: tuple[tuple[int, int], ...]) -> Layout:
    return Layout(size, edges)


@dataclass(frozen=True)
class Graph:
    """Labelled nodes and directed edges."""

    labels: Sequence[str]
    edges: Sequence[tuple[int, int]]

    @cached_property
    def layout(self) -> Layout:
        return _layout(len(self.labels), tuple(self.edges))


def graph_of(blueprint: Blueprint) -> Graph:
    """The wiring that a blueprint describes, or else its tree with siblings in a row."""
    described = wiring(blueprint)
    return _cut(described) if described else _tree(blueprint)


def _cut(graph: Wiring) -> Graph:
    kept = [(a, b) for a, b in graph.edges if a < MAX_NODES and b < MAX_NODES]
    return Graph(graph.labels[:MAX_NODES], kept)


def _tree(blueprint: Blueprint) -> Graph:
    labels: list[str] = []
    edges: list[tuple[int, int]] = []
    stack: list[tuple[Blueprint, int]] = [(blueprint, -1)]
    while stack and len(labels) < MAX_NODES:
        node, parent = stack.pop()
        me = len(labels)
        labels.append(label(node))
        if parent >= 0:
            edges.append((parent, me))
        if all(not child.children for child in node.children):
            # A row of leaves is a sequence: each follows the one before it.
            room = max(0, MAX_NODES - len(labels))
            for child in node.children[:room]:
                edges.append((len(labels) - 1, len(labels)))
                labels.append(label(child))
        else:
            stack.extend((child, me) for child in reversed(node.children))
    return Graph(labels, edges)


def label(node: Blueprint) -> str:
    """What a node does: its `code` where it has one, else its production and parameters."""
    params = dict(node.params)
    if "code" in params:
        return str(params["code"])
    return " ".join([node.production, *(f"{k}={v}" for k, v in params.items())])


def walks(graph: Graph, length: int = 3) -> Bag:
    """How often each sequence of up to `length` labels occurs along edges."""
    found: Counter[str] = Counter()
    targets = graph.layout.targets
    front = [(i, name) for i, name in enumerate(graph.labels)]
    for _ in range(length):
        found.update(word for _, word in front)
        front = [(j, f"{word}>{graph.labels[j]}") for i, word in front for j in targets[i]]
        front = front[:MAX_WALKS]
    return dict(found)


def neighbourhoods(graph: Graph, rounds: int = 3) -> Bag:
    """How often each labelled neighbourhood occurs: upstream, downstream, and both.

    Weisfeiler-Lehman subtree features (Shervashidze et al. 2011), on directed graphs;
    the one-sided ones tell what a node computes from where its result goes. A
    neighbourhood's name is a number, the same in every process.
    """
    sources, targets = graph.layout.sources, graph.layout.targets
    start = [_number(name) for name in graph.labels]
    found: Counter[int] = Counter(start)
    up = down = both = start
    for _ in range(rounds):
        # Neighbours come in any order: their hashes are added up, which meet no more often.
        up = [hash((0, w, sum([up[j] for j in s]))) for w, s in zip(up, sources, strict=True)]
        down = [hash((1, w, sum([down[j] for j in t]))) for w, t in zip(down, targets, strict=True)]
        both = [
            hash((2, w, sum([both[j] for j in s]), sum([both[j] for j in t])))
            for w, s, t in zip(both, sources, targets, strict=True)
        ]
        found.update(up)
        found.update(down)
        found.update(both)
    return dict(found)


@lru_cache(maxsize=4096)
def _number(name: str) -> int:
    return hash((crc32(name.encode("utf-8", "surrogatepass")),))


def routes(graph: Graph) -> Bag:
    """How often each way from a source to a sink occurs: in order, and as a multiset.

    Path encoding (White et al. 2021, BANANAS).
    """
    found: Counter[str] = Counter()
    sources, targets = graph.layout.sources, graph.layout.targets
    stack: list[tuple[int, tuple[str, ...]]] = [
        (i, (graph.labels[i],)) for i, s in enumerate(sources) if not s
    ]
    done = 0
    while stack and done < MAX_ROUTES:
        i, route = stack.pop()
        if not targets[i]:
            done += 1
            found[">".join(route)] += 1
            found["+".join(sorted(route))] += 1
        elif len(route) <= MAX_ROUTES:
            stack.extend((j, (*route, graph.labels[j])) for j in targets[i])
    return dict(found)


def shape(graph: Graph) -> Bag:
    """Size, depth, width and number of ways through; for each label how many nodes have
    it, and the most and the fewest of them on one way from a source to a node or a sink.
    """
    layout, kinds = graph.layout, Counter(graph.labels)
    figures = {**layout.figures, "kinds": len(kinds)}
    common = [name for name, _ in kinds.most_common(MAX_KINDS)]
    own = {name: [name == kind for kind in common] for name in kinds}
    most, fewest = _sums(graph, own, max), _sums(graph, own, min)
    for k, kind in enumerate(common):
        figures[f"count {kind}"] = kinds[kind]
        figures[f"most {kind}"] = max(sums[k] for sums in most)
        figures[f"fewest {kind}"] = min((fewest[i][k] for i in layout.sinks), default=0)
    return {name: float(value) for name, value in figures.items()}


MAX_KINDS = 32


def label_in_shape(name: str) -> str:
    """The label that a figure of `shape` counts; empty where it counts none."""
    what, _, label = name.partition(" ")
    return label if what in ("count", "most", "fewest") else ""


def _sums(
    graph: Graph, own: Mapping[str, Sequence[int]], pick: Callable[..., int]
) -> list[Sequence[int]]:
    """The largest or smallest sums of each of k figures on a way from a source to each node."""
    found = [own[name] for name in graph.labels]
    for i in graph.layout.order:
        before = [found[j] for j in graph.layout.sources[i]]
        if before:
            least = before[0] if len(before) == 1 else map(pick, *before)
            found[i] = [a + b for a, b in zip(found[i], least, strict=True)]
    return found


RESOLUTIONS = (2, 4, 8)


def profile(graph: Graph) -> Bag:
    """How much of each label lies at each relative depth, in soft bins.

    Relative depth is 0 at a source and 1 at a sink. Bins are Gaussians of width 1/1.5
    bins, normalised for each node, so each of RESOLUTIONS counts every node once.
    """
    depth, height = graph.layout.depth, graph.layout.height
    shares: dict[str, list[float]] = {}
    for i, name in enumerate(graph.labels):
        total = depth[i] + height[i]
        soft = _soft_bins(depth[i] / total if total else 0.5)
        known = shares.get(name)
        shares[name] = soft if known is None else [a + b for a, b in zip(known, soft, strict=True)]
    return {
        bin_name: share
        for name, parts in shares.items()
        for bin_name, share in zip(_bin_names(name), parts, strict=True)
    }


def label_in_profile(name: str) -> str:
    """The label whose share a figure of `profile` is."""
    return name.partition(" ")[2]


@lru_cache(maxsize=4096)
def _bin_names(label: str) -> list[str]:
    return [f"{bins}.{b} {label}" for bins in RESOLUTIONS for b in range(bins)]


@lru_cache(maxsize=4096)
def _soft_bins(where: float) -> list[float]:
    shares = []
    for bins in RESOLUTIONS:
        soft = [math.exp(-0.5 * (1.5 * (where * bins - b - 0.5)) ** 2) for b in range(bins)]
        shares += [each / sum(soft) for each in soft]
    return shares

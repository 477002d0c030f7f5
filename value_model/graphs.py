"""What the shape of a computation graph says: walks, neighbourhoods, routes, depths.

Everything here is invariant to the order in which nodes are written, and knows labels
only as names. Cycles are allowed: depth follows edges in topological order and ignores
those that close a cycle.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..space import Blueprint
from ..space.wiring import Wiring, wiring

Bag = Mapping[str, float] | Mapping[int, float]
"""Named figures; a name is words, or a number that stands for them."""

Array = NDArray[np.float64]

MAX_NODES = 512
"""Nodes beyond these are left out, so that a huge tree costs no more than a large one."""
MAX_ROUTES = 256
MAX_WALKS = 4096


@dataclass(frozen=True)
class Graph:
    """Labelled nodes and directed edges, with what the features below ask of them."""

    labels: Sequence[str]
    edges: Sequence[tuple[int, int]]

    @cached_property
    def sources(self) -> list[list[int]]:
        """The nodes that each node reads."""
        found: list[list[int]] = [[] for _ in self.labels]
        for a, b in self.edges:
            found[b].append(a)
        return found

    @cached_property
    def targets(self) -> list[list[int]]:
        """The nodes that read each node."""
        found: list[list[int]] = [[] for _ in self.labels]
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
        return ready + [i for i in range(len(self.labels)) if i not in seen]

    @cached_property
    def depth(self) -> list[int]:
        """Edges on the longest way from a source to each node."""
        depth = [0] * len(self.labels)
        for i in self.order:
            depth[i] = max((depth[j] + 1 for j in self.sources[i]), default=0)
        return depth

    @cached_property
    def nearest(self) -> list[int]:
        """Edges on the shortest way from a source to each node."""
        nearest = [0] * len(self.labels)
        for i in self.order:
            nearest[i] = min((nearest[j] + 1 for j in self.sources[i]), default=0)
        return nearest

    @cached_property
    def height(self) -> list[int]:
        """Edges on the longest way from each node to a sink."""
        height = [0] * len(self.labels)
        for i in reversed(self.order):
            height[i] = max((height[j] + 1 for j in self.targets[i]), default=0)
        return height


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
    front = [(i, name) for i, name in enumerate(graph.labels)]
    for _ in range(length):
        found.update(word for _, word in front)
        front = [(j, f"{word}>{graph.labels[j]}") for i, word in front for j in graph.targets[i]]
        front = front[:MAX_WALKS]
    return dict(found)


def neighbourhoods(graph: Graph, rounds: int = 3) -> Bag:
    """How often each labelled neighbourhood occurs: upstream, downstream, and both.

    Weisfeiler-Lehman subtree features (Shervashidze et al. 2011), on directed graphs;
    the one-sided ones tell what a node computes from where its result goes. A
    neighbourhood's name is a number, the same in every process.
    """
    start = [crc32(name.encode("utf-8", "surrogatepass")) for name in graph.labels]
    found: Counter[int] = Counter(start)
    up = down = both = start
    for _ in range(rounds):
        up = [hash((0, up[i], *_around(up, near))) for i, near in enumerate(graph.sources)]
        down = [hash((1, down[i], *_around(down, near))) for i, near in enumerate(graph.targets)]
        both = [
            hash((2, both[i], *_around(both, sources), 3, *_around(both, targets)))
            for i, (sources, targets) in enumerate(zip(graph.sources, graph.targets, strict=True))
        ]
        found.update(up)
        found.update(down)
        found.update(both)
    return dict(found)


def _around(words: list[int], near: list[int]) -> list[int]:
    return sorted([words[j] for j in near])


def routes(graph: Graph) -> Bag:
    """How often each way from a source to a sink occurs: in order, and as a multiset.

    Path encoding (White et al. 2021, BANANAS).
    """
    found: Counter[str] = Counter()
    stack: list[tuple[int, tuple[str, ...]]] = [
        (i, (graph.labels[i],)) for i, s in enumerate(graph.sources) if not s
    ]
    done = 0
    while stack and done < MAX_ROUTES:
        i, route = stack.pop()
        if not graph.targets[i]:
            done += 1
            found[">".join(route)] += 1
            found["+".join(sorted(route))] += 1
        elif len(route) <= MAX_ROUTES:
            stack.extend((j, (*route, graph.labels[j])) for j in graph.targets[i])
    return dict(found)


def shape(graph: Graph) -> Bag:
    """Size, depth, width and number of ways through; for each label how many nodes have
    it, and the most and the fewest of them on one way from a source to a node or a sink.
    """
    ways = [0.0] * len(graph.labels)
    for i in graph.order:
        ways[i] = sum(ways[j] for j in graph.sources[i]) or 1.0
    sinks = [i for i, t in enumerate(graph.targets) if not t]
    figures = {
        "nodes": len(graph.labels),
        "edges": len(graph.edges),
        "longest": max(graph.depth, default=0),
        "shortest": min((graph.nearest[i] for i in sinks), default=0),
        "ways": math.log1p(min(sum(ways[i] for i in sinks), 1e12)),
        "fan in": max(map(len, graph.sources), default=0),
        "fan out": max(map(len, graph.targets), default=0),
        "mean depth": sum(graph.depth) / max(1, len(graph.depth)),
        "kinds": len(set(graph.labels)),
    }
    kinds = [name for name, _ in Counter(graph.labels).most_common(MAX_KINDS)]
    weights = np.array([[name == kind for kind in kinds] for name in graph.labels], float)
    most, fewest_of = _along(graph, weights, np.max), _along(graph, weights, np.min)
    for k, kind in enumerate(kinds):
        figures[f"count {kind}"] = weights[:, k].sum()
        figures[f"most {kind}"] = most[:, k].max()
        figures[f"fewest {kind}"] = fewest_of[sinks, k].min() if sinks else 0.0
    return {name: float(value) for name, value in figures.items()}


MAX_KINDS = 32


def _along(graph: Graph, weights: Array, pick: Callable[..., Array]) -> Array:
    """The largest or smallest sums of weights (nodes, k) on a way from a source to each node."""
    total = weights.copy()
    for i in graph.order:
        before = graph.sources[i]
        if len(before) == 1:
            total[i] += total[before[0]]
        elif before:
            total[i] += pick(total[before], axis=0)
    return total


def profile(graph: Graph, resolutions: Sequence[int] = (2, 4, 8)) -> Bag:
    """How much of each label lies at each relative depth, in soft bins.

    Relative depth is 0 at a source and 1 at a sink. Bins are Gaussians of width 1/1.5
    bins, normalised for each node, so each resolution counts every node once.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for i, name in enumerate(graph.labels):
        total = graph.depth[i] + graph.height[i]
        where = graph.depth[i] / total if total else 0.5
        for bins in resolutions:
            soft = _soft_bins(where, bins)
            for b, share in enumerate(soft):
                found[f"{bins}.{b} {name}"] += share
    return dict(found)


@lru_cache(maxsize=4096)
def _soft_bins(where: float, bins: int) -> list[float]:
    shares = [math.exp(-0.5 * (1.5 * (where * bins - b - 0.5)) ** 2) for b in range(bins)]
    total = sum(shares)
    return [share / total for share in shares]

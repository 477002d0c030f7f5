"""The graph that a blueprint describes, and its neighbourhoods as words.

A blueprint describes a graph where its children are written by this convention:

- `node` with `code` and `inputs` (names of what it reads, separated by commas) and an
  optional `name` (else its position, counted from 1; 0 is the input), or
- `edge` with `code`, `source` and `target` (junctions, 0 the input).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .blueprint import Blueprint


@dataclass(frozen=True)
class Wiring:
    """A graph with labelled nodes; `edges` are (from, to) by position in `labels`."""

    labels: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]


def wiring(blueprint: Blueprint) -> Wiring | None:
    """The graph of `blueprint`, or None where it does not follow the convention."""
    kinds = {child.production for child in blueprint.children}
    if kinds == {"node"}:
        return _of_nodes(blueprint)
    if kinds == {"edge"}:
        return _of_edges(blueprint)
    return None


def _of_nodes(blueprint: Blueprint) -> Wiring:
    labels: list[str] = []
    index: dict[str, int] = {}
    for position, child in enumerate(blueprint.children, start=1):
        params = dict(child.params)
        index[str(params.get("name", position))] = len(labels)
        labels.append(str(params["code"]))
    edges = []
    for position, child in enumerate(blueprint.children):
        for name in filter(None, str(child["inputs"]).split(",")):
            if name not in index:
                index[name] = len(labels)
                labels.append(f"input {name}")
            edges.append((index[name], position))
    return Wiring(tuple(labels), tuple(edges))


def _of_edges(blueprint: Blueprint) -> Wiring:
    """Each labelled edge becomes a node between its two junctions."""
    ends = [(int(child["source"]), int(child["target"])) for child in blueprint.children]
    place = {junction: i for i, junction in enumerate(sorted({j for pair in ends for j in pair}))}
    labels = ["junction"] * len(place)
    labels[0], labels[-1] = "input", "output"
    edges = []
    for child, (source, target) in zip(blueprint.children, ends, strict=True):
        edges += [(place[source], len(labels)), (len(labels), place[target])]
        labels.append(str(child["code"]))
    return Wiring(tuple(labels), tuple(edges))


def neighbourhoods(graph: Wiring, rounds: int = 2) -> Counter[str]:
    """How often each labelled neighbourhood occurs, up to `rounds` edges upstream and down.

    Weisfeiler-Lehman subtree features (Shervashidze et al. 2011) on directed graphs.
    """
    sources: list[list[int]] = [[] for _ in graph.labels]
    targets: list[list[int]] = [[] for _ in graph.labels]
    for a, b in graph.edges:
        sources[b].append(a)
        targets[a].append(b)
    words = list(graph.labels)
    found = Counter(f"0:{word}" for word in words)
    for depth in range(1, rounds + 1):
        words = [
            f"{word}({' '.join(sorted(words[j] for j in sources[i]))}"
            f"|{' '.join(sorted(words[j] for j in targets[i]))})"
            for i, word in enumerate(words)
        ]
        found.update(f"{depth}:{word}" for word in words)
    return found

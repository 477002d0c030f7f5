"""Exact search against a graph (HNSW) over the vectors of designs: recall, time, and order.

    python benchmarks/nearest.py --sizes 10000 50000 --order families

Designs are drawn from the grammar of linear-attention, no two alike, as a search makes them:
families, each a fresh design followed by edits of one another. They are inserted in that order,
shuffled, or sorted by their words. Queries are other designs, and what people say
(benchmarks/retrieval.py). Printed are recall@10 against the exact search (what is as alike as the
tenth counts), and milliseconds of CPU for an insertion into the graph and for a query of either.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from random import Random
from statistics import fmean

import numpy as np

from discover.benchmarks.retrieval import DESIGNS, PARTS
from discover.memory.describing import read_out
from discover.memory.embedding import HashedNgrams, Vectors
from discover.memory.exact import Exact
from discover.memory.graph import BREADTH_OF_SEARCH, Graph
from discover.space import Blueprint, Level
from discover.space.linear_attention import space

FAMILY = 40
"""Designs that come one from another before a fresh one is drawn."""
HELD_OUT = 100
NEAREST = 10
ORDERS = ("families", "shuffled", "sorted")


def families(rng: Random) -> Iterator[str]:
    """Designs in words, without end and without repetition."""
    grammar, seen = space(), set()
    while True:
        family: list[Blueprint] = [grammar.sample(rng)]
        for _ in range(FAMILY):
            parent = rng.choice(family)
            edits = grammar.edits(parent, rng.choice(list(Level)), rng)
            if edits:
                family.append(grammar.apply(parent, rng.choice(list(edits))))
        for blueprint in family:
            words = ". ".join(dict.fromkeys(read_out(blueprint)))
            if words not in seen:
                seen.add(words)
                yield words


def ordered(texts: Sequence[str], order: str) -> list[str]:
    if order == "sorted":
        return sorted(texts)
    found = list(texts)
    if order == "shuffled":
        Random(1).shuffle(found)
    return found


def measure(name: str, queries: Vectors, exact: Exact, graph: Graph) -> None:
    exact_s = graph_s = 0.0
    found = []
    for query in weighted(queries, exact):
        begun = time.process_time()
        _, likeness = exact.nearest(query, NEAREST)
        exact_s += time.process_time() - begun
        begun = time.process_time()
        numbers, _ = graph.nearest(query, NEAREST)
        graph_s += time.process_time() - begun
        found.append(np.mean(exact.vectors(numbers) @ query >= likeness[-1] - 1e-4))
    ms, recall = 1000 / len(queries), f"recall@{NEAREST} {fmean(found):.3f}"
    print(
        f"  breadth {graph.breadth}, {name:8} {recall}, worst {min(found):.1f};"
        f" graph {graph_s * ms:.2f} ms, exact {exact_s * ms:.2f} ms a query",
        flush=True,
    )


def weighted(queries: Vectors, exact: Exact) -> Vectors:
    """Queries as memory asks them: what every text has tells none apart."""
    found = queries * np.log((1 + len(exact)) / (1 + exact.filled)) ** 2
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return (found / norms).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000])
    parser.add_argument("--order", choices=ORDERS, nargs="+", default=list(ORDERS))
    parser.add_argument("--breadths", type=int, nargs="+", default=[BREADTH_OF_SEARCH])
    options = parser.parse_args()
    embedder = HashedNgrams()
    drawn = families(Random(0))
    others = embedder.embed([next(drawn) for _ in range(HELD_OUT)])
    said = [text for texts in (*DESIGNS.values(), *PARTS.values()) for text in texts]
    people = embedder.embed(said)
    texts: list[str] = []
    for size in options.sizes:
        texts += [next(drawn) for _ in range(size - len(texts))]
        for order in options.order:
            kept = embedder.embed(ordered(texts, order)).astype("<f2").astype(np.float32)
            exact = Exact(kept.shape[1])
            exact.add(kept)
            graph, begun = Graph(kept.shape[1]), time.process_time()
            graph.add(kept)
            insert = 1000 * (time.process_time() - begun) / size
            print(f"{size:,} {order}: {insert:.2f} ms an insertion", flush=True)
            for graph.breadth in options.breadths:
                measure("designs", others, exact, graph)
                measure("people", people, exact, graph)


if __name__ == "__main__":
    main()

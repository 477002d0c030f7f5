"""What one ask and one tell of the tree cost, and how that grows with its size.

    python -m discover.benchmarks.search

Grows trees by asking, and telling a made-up child of the intent's parents, and prints CPU
time per step around each size. Everything in a line comes from the same run.
"""

from __future__ import annotations

import argparse
import gc
import math
import time
from random import Random

from ..search.strategies.contract import Outcome
from ..search.strategies.tree import HierarchicalTree, TreeState
from ..space import Candidate

SIZES = (1_000, 10_000, 100_000)
WINDOW = 500
"""Steps that are averaged around each size."""


def step(tree: HierarchicalTree, state: TreeState, number: int, rng: Random) -> float:
    """One ask and one tell; returns their CPU seconds, the making of the child left out."""
    start = time.process_time()
    intent = tree.ask(state, rng)
    asked = time.process_time() - start
    above = state.graph[intent.parents[0]].score if intent.parents else None
    score = rng.gauss(0.0, 1.0) if above is None else above + rng.gauss(-0.3, 0.5)
    child = Candidate(f"{number:016x}", "", None, intent.parents[:1], intent.level, intent.operator)
    start = time.process_time()
    tree.tell(state, Outcome(child, score, intent.ticket))
    return asked + time.process_time() - start


def grow(sizes: tuple[int, ...], seed: int) -> dict[int, tuple[float, float]]:
    """Size -> (mean, worst) CPU seconds of the `WINDOW` steps that end at it."""
    tree, rng = HierarchicalTree(), Random(seed)
    state = tree.initial()
    found = {}
    costs: list[float] = []
    for number in range(max(sizes)):
        costs.append(step(tree, state, number, rng))
        if number + 1 in sizes:
            window = costs[-WINDOW:]
            found[number + 1] = (sum(window) / len(window), max(window))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    arguments = parser.parse_args()
    gc.disable()
    for seed in range(arguments.seeds):
        found = grow(tuple(arguments.sizes), seed)
        small, large = min(found), max(found)
        for size, (mean, worst) in found.items():
            print(
                f"seed {seed}: {size:>7} nodes: {1e3 * mean:.3f} ms a step, worst {1e3 * worst:.3f}"
            )
        ratio, logarithm = found[large][0] / found[small][0], math.log(large) / math.log(small)
        print(f"seed {seed}: grew {ratio:.2f} times; the logarithm grew {logarithm:.2f} times")


if __name__ == "__main__":
    main()

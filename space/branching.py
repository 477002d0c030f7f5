"""The grammar as a branching process: is the expected size of a sample finite?"""

from __future__ import annotations

from collections.abc import Sequence

from .production import Production, Slot


def probabilities(slot: Slot, productions: Sequence[Production]) -> dict[str, float]:
    """How likely each production is drawn for `slot`, by name."""
    weights = {p.name: p.weight for p in productions if p.state in slot}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total else {}


def spectral_radius(productions: Sequence[Production]) -> float:
    """The largest growth rate of the process that draws children for children.

    Entry (p, q) of the mean matrix is the expected number of q among p's children. The
    expected size of a sample is finite if and only if the radius is below 1 (Harris,
    The Theory of Branching Processes, 1963, chapter II), counting only productions
    that can be drawn.
    """
    import numpy as np  # not at the top: help and menus do without it

    drawn = [p for p in productions if p.weight > 0]
    column = {p.name: i for i, p in enumerate(drawn)}
    mean = np.zeros((len(drawn), len(drawn)))
    for row, production in enumerate(drawn):
        for slot in production.children:
            for name, probability in probabilities(slot, drawn).items():
                mean[row, column[name]] += probability
    return float(np.abs(np.linalg.eigvals(mean)).max(initial=0.0))

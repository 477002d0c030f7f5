"""A campaign's tree as a still picture, for a file that runs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import words
from .charts import Dot
from .tree import layout

WIDTH = 720
MARGIN = 14
GAP_Y = 46
TALLEST = 620
SHADES = 5
"""Colours of the score, from the lowest fifth to the highest."""
MOST = 1200
"""Candidates that are drawn: the best, and all that they come from."""


@dataclass(frozen=True)
class TreePicture:
    """`edges` is a path for SVG; `shown` of `total` candidates are drawn."""

    height: int
    edges: str
    dots: Sequence[Dot]
    shown: int
    total: int


def picture(tree: Mapping[str, Any], direction: str) -> TreePicture:
    """What `tree.tree_of` gave, drawn; candidates coloured by their place among the scores."""
    kept = _kept(tree, direction)
    place = {old: new for new, old in enumerate(kept)}
    parents = [place.get(tree["parent"][old], -1) for old in kept]
    spots = layout(parents)
    widest = max((x for x, _ in spots), default=0) or 1
    deepest = max((y for _, y in spots), default=0)
    gap = min(GAP_Y, (TALLEST - 2 * MARGIN) / max(1, deepest))
    at = [
        (round(MARGIN + x / widest * (WIDTH - 2 * MARGIN), 1), round(MARGIN + y * gap, 1))
        for x, y in spots
    ]
    edges = [
        f"M{at[p][0]:g},{at[p][1]:g}C{at[p][0]:g},{(at[p][1] + y) / 2:g} {x:g},"
        f"{(at[p][1] + y) / 2:g} {x:g},{y:g}"
        for (x, y), p in zip(at, parents, strict=True)
        if p >= 0
    ]
    shade = _shades(tree["score"], direction)
    dots = [
        Dot(x, y, shade[old], f"{words.short(tree['id'][old])} {words.number(tree['score'][old])}"
            f" {tree['operator'][old]}: {tree['label'][old]}")
        for (x, y), old in zip(at, kept, strict=True)
    ]  # fmt: skip
    height = round(2 * MARGIN + deepest * gap)
    return TreePicture(height, "".join(edges), dots, len(kept), len(tree["id"]))


def _kept(tree: Mapping[str, Any], direction: str) -> list[int]:
    """The best candidates with all their ancestors, as many as `MOST`, in their order."""
    scores, parent = tree["score"], tree["parent"]
    sign = -1 if direction == "max" else 1
    order = sorted(
        range(len(scores)), key=lambda n: (scores[n] is None, sign * (scores[n] or 0), n)
    )
    kept: set[int] = set()
    for node in order:
        line = []
        while node >= 0 and node not in kept:
            line.append(node)
            node = parent[node]
        if len(kept) + len(line) > MOST:
            break
        kept.update(line)
    return sorted(kept)


def _shades(scores: Sequence[float | None], direction: str) -> list[str]:
    """`q0` for the worst fifth of the scores to `q4` for the best; `none` without a score."""
    known = sorted({s for s in scores if s is not None}, reverse=direction == "min")
    rank = {score: n * SHADES // len(known) for n, score in enumerate(known)}
    return ["none" if s is None else f"q{rank[s]}" for s in scores]

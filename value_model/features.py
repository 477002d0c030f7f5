"""What is known of a candidate before its run, as families of named figures.

Each family can be switched off. Nothing here executes, parses or imports a candidate:
its source is read as text, up to MAX_SOURCE characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ..space import Blueprint
from ..space.blueprint import Path
from .contract import Sample
from .graphs import (
    MAX_NODES,
    Bag,
    Graph,
    graph_of,
    neighbourhoods,
    profile,
    routes,
    shape,
    walks,
)

MAX_SOURCE = 32_768
"""Characters of a source that are read; the whole length is a figure of its own."""
MAX_IDEA = 4_096

Kind = Literal["counts", "amounts", "figures"]


@dataclass(frozen=True)
class Family:
    """One kind of knowledge.

    `counts` of words; `amounts`, on scales of their own, of which none is zero; or
    `figures`, of which none is unknown.
    `fixed` families depend on the candidate alone, so that they are worked out once.
    """

    kind: Kind
    of: Callable[[Sample], Bag]
    fixed: bool = True


def tokens(sample: Sample) -> Bag:
    """Productions, their parameters, and rooted paths down the blueprint."""
    found: Counter[str] = Counter()
    for lineage, node in _nodes(sample.candidate.blueprint):
        found[node.production] += 1
        found["/".join([*lineage[-3:], node.production])] += 1
        found.update(f"{node.production}.{name}={value}" for name, value in node.params)
    return dict(found)


def positions(sample: Sample) -> Bag:
    """Which value each parameter has at each place of the blueprint: one-hot."""
    return {
        f"{'.'.join(map(str, path))}:{name}={value}": 1.0
        for path, node in _walk(sample.candidate.blueprint)
        for name, value in node.params
    }


def numbers(sample: Sample) -> Bag:
    """Numeric parameters at their places, so that 8 lies between 4 and 16."""
    return {
        f"{'.'.join(map(str, path))}:{name}": float(value)
        for path, node in _walk(sample.candidate.blueprint)
        for name, value in node.params
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def source(sample: Sample) -> Bag:
    """Words of the source and pairs of them, numbers by magnitude, strings by length."""
    text = sample.candidate.source
    words = [_word(match) for match in WORDS.findall(text[:MAX_SOURCE])]
    found = Counter(words)
    found.update(f"{a} {b}" for a, b in pairwise(words))
    return {**found, "length": len(text) / 1000}


WORDS = re.compile(
    r"#[^\n]*|'''.*?'''|\"\"\".*?\"\"\"|'[^'\n]*'|\"[^\"\n]*\"|[^\W\d]\w*|\d[\w.]*|[^\w\s]",
    re.DOTALL,
)


def _word(match: str) -> str:
    if match[0] in "'\"":
        return f"text{len(match).bit_length()}"
    if match[0] == "#":
        return "#"
    return match[:40]


def idea(sample: Sample) -> Bag:
    """Words of the idea behind the candidate."""
    return dict(Counter(re.findall(r"\w+", sample.candidate.idea[:MAX_IDEA].lower())))


def free(sample: Sample) -> Bag:
    """What was measured without an evaluation."""
    return dict(sample.free)


def lineage(sample: Sample) -> Bag:
    """The parent's score."""
    return {} if sample.parent_score is None else {"parent's score": sample.parent_score}


def edit(sample: Sample) -> Bag:
    """The operator and level of the edit, and how many parents there were."""
    candidate = sample.candidate
    return {
        f"operator {candidate.operator}": 1.0,
        f"level {candidate.level}": 1.0,
        f"parents {len(candidate.parents)}": 1.0,
    }


def context(sample: Sample) -> Bag:
    """The domain and the tier."""
    return {f"domain {sample.domain}": 1.0, f"tier {sample.tier}": 1.0}


def _of_graph(measure: Callable[[Graph], Bag]) -> Callable[[Sample], Bag]:
    def of(sample: Sample) -> Bag:
        blueprint = sample.candidate.blueprint
        return {} if blueprint is None else measure(graph_of(blueprint))

    return of


FAMILIES: Mapping[str, Family] = {
    "tokens": Family("counts", tokens),
    "positions": Family("counts", positions),
    "numbers": Family("figures", numbers),
    "walks": Family("counts", _of_graph(walks)),
    "neighbourhoods": Family("counts", _of_graph(neighbourhoods)),
    "routes": Family("counts", _of_graph(routes)),
    "shape": Family("amounts", _of_graph(shape)),
    "profile": Family("amounts", _of_graph(profile)),
    "source": Family("counts", source),
    "idea": Family("counts", idea),
    "free": Family("figures", free, fixed=False),
    "lineage": Family("figures", lineage, fixed=False),
    "edit": Family("counts", edit, fixed=False),
    "context": Family("counts", context, fixed=False),
}


def _walk(blueprint: Blueprint | None) -> Sequence[tuple[Path, Blueprint]]:
    """Nodes with their paths, at most MAX_NODES, without recursion."""
    found: list[tuple[Path, Blueprint]] = []
    stack: list[tuple[Path, Blueprint]] = [((), blueprint)] if blueprint else []
    while stack and len(found) < MAX_NODES:
        path, node = stack.pop()
        found.append((path, node))
        stack.extend(((*path, i), child) for i, child in enumerate(node.children))
    return found


def _nodes(blueprint: Blueprint | None) -> Sequence[tuple[Sequence[str], Blueprint]]:
    """Nodes with the productions above them, nearest last."""
    by_path: dict[Path, list[str]] = {}
    found = []
    for path, node in _walk(blueprint):
        above = by_path[path[:-1]] if path else []
        by_path[path] = [*above, node.production]
        found.append((above, node))
    return found

"""What is known of a candidate before its run, as families of named figures.

Each family can be switched off. Nothing here executes, parses or imports a candidate:
its source is read as text, up to MAX_SOURCE characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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
    label_in_profile,
    label_in_shape,
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
    `share` is how much of the score a family explains before any result is known,
    against 1 for the others: less for what others say better where they say anything, more
    for what says most on most spaces.
    `of_blueprint` ones say nothing of a candidate without a blueprint. A family is left out where
    all candidates have one, and `covered_by` reads it.
    `label` tells from a name which label of the graph it speaks of, if any: see relevance.py.
    """

    kind: Kind
    of: Callable[[Subject], Bag]
    fixed: bool = True
    share: float = 1.0
    covered_by: str = ""
    of_blueprint: bool = False
    label: Callable[[str], str] | None = None


@dataclass(frozen=True)
class Subject:
    """A sample, with the views of its blueprint that several families share."""

    sample: Sample

    @cached_property
    def nodes(self) -> Sequence[tuple[Path, Blueprint]]:
        """The blueprint's nodes with their paths, at most MAX_NODES of them."""
        found: list[tuple[Path, Blueprint]] = []
        blueprint = self.sample.candidate.blueprint
        stack: list[tuple[Path, Blueprint]] = [((), blueprint)] if blueprint else []
        while stack and len(found) < MAX_NODES:
            path, node = stack.pop()
            found.append((path, node))
            stack.extend(((*path, i), child) for i, child in enumerate(node.children))
        return found

    @cached_property
    def graph(self) -> Graph | None:
        blueprint = self.sample.candidate.blueprint
        return graph_of(blueprint) if blueprint else None


def tokens(subject: Subject) -> Bag:
    """Productions, their parameters, and rooted paths down the blueprint."""
    found: Counter[str] = Counter()
    above: dict[Path, tuple[str, ...]] = {}
    for path, node in subject.nodes:
        above[path] = (*above[path[:-1]][-3:], node.production) if path else (node.production,)
        found[node.production] += 1
        found["/".join(above[path])] += 1
        found.update(f"{node.production}.{name}={value}" for name, value in node.params)
    return dict(found)


def positions(subject: Subject) -> Bag:
    """Which value each parameter has at each place of the blueprint: one-hot."""
    return {
        f"{'.'.join(map(str, path))}:{name}={value}": 1.0
        for path, node in subject.nodes
        for name, value in node.params
    }


def _value(name: str) -> str:
    """The value in a name of `positions`."""
    return name.partition(":")[2].partition("=")[2]


def numbers(subject: Subject) -> Bag:
    """Numeric parameters at their places, so that 8 lies between 4 and 16."""
    return {
        f"{'.'.join(map(str, path))}:{name}": float(value)
        for path, node in subject.nodes
        for name, value in node.params
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def source(subject: Subject) -> Bag:
    """Words of the source and pairs of them, numbers by magnitude, strings by length."""
    text = subject.sample.candidate.source
    words = [_word(match) for match in WORDS.findall(text[:MAX_SOURCE])]
    found = Counter(words)
    found.update(f"{a} {b}" for a, b in pairwise(words))
    figures: dict[str, float] = dict(found)
    figures["length"] = len(text) / 1000
    return figures


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


def idea(subject: Subject) -> Bag:
    """Words of the idea behind the candidate."""
    return dict(Counter(re.findall(r"\w+", subject.sample.candidate.idea[:MAX_IDEA].lower())))


def free(subject: Subject) -> Bag:
    """What was measured without an evaluation."""
    return dict(subject.sample.free)


def lineage(subject: Subject) -> Bag:
    """The parent's score, and the trend of scores on the way to it."""
    known = {"parent's score": subject.sample.parent_score, "trend": subject.sample.trend}
    return {name: value for name, value in known.items() if value is not None}


def edit(subject: Subject) -> Bag:
    """The operator and level of the edit, and how many parents there were."""
    candidate = subject.sample.candidate
    return {
        f"operator {candidate.operator}": 1.0,
        f"level {candidate.level}": 1.0,
        f"parents {len(candidate.parents)}": 1.0,
    }


def context(subject: Subject) -> Bag:
    """The domain and the tier."""
    return {f"domain {subject.sample.domain}": 1.0, f"tier {subject.sample.tier}": 1.0}


def _of_graph(measure: Callable[[Graph], Bag]) -> Callable[[Subject], Bag]:
    def of(subject: Subject) -> Bag:
        return {} if subject.graph is None else measure(subject.graph)

    return of


FAMILIES: Mapping[str, Family] = {
    "tokens": Family("counts", tokens, share=0.2, of_blueprint=True),
    "positions": Family("counts", positions, label=_value, of_blueprint=True),
    "numbers": Family("figures", numbers, of_blueprint=True),
    "walks": Family("counts", _of_graph(walks), of_blueprint=True),
    "neighbourhoods": Family("counts", _of_graph(neighbourhoods), of_blueprint=True),
    "routes": Family("counts", _of_graph(routes), of_blueprint=True),
    "shape": Family(
        "amounts", _of_graph(shape), share=3.0, label=label_in_shape, of_blueprint=True
    ),
    "profile": Family("amounts", _of_graph(profile), label=label_in_profile, of_blueprint=True),
    "source": Family("counts", source, share=0.2, covered_by="tokens"),
    "idea": Family("counts", idea, fixed=False),
    "free": Family("figures", free, fixed=False),
    "lineage": Family("figures", lineage, fixed=False),
    "edit": Family("counts", edit, fixed=False),
    "context": Family("counts", context, fixed=False),
}

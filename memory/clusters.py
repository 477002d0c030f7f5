"""Clusters of what was tried: themes, the mechanisms within them, and their variants.

A candidate is the set of its parts: the productions of its blueprint or, where it has none,
the key terms of its name, idea and docstrings. Candidates with the same parts are variants of
one design. Designs are joined by Ward's linkage over their parts, weighted by inverse document
frequency and scaled to unit length; one dendrogram, cut twice, gives themes and mechanisms.
Each is named by what sets it apart from its siblings. The same candidates give the same
clusters.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_DESIGNS = 600
"""Designs that are joined by linkage, the most frequent first; others go to the nearest."""
MOST_THEMES = 6
MOST_MECHANISMS = 24
NAMED_BY = 3
"""Parts in a name."""
TELLING = 0.05
"""How much more often than elsewhere a part must occur to name a cluster."""


@dataclass(frozen=True)
class Tried:
    """One candidate: its parts, and its score where it has one (higher is better)."""

    id: str
    parts: frozenset[str]
    score: float | None = None


@dataclass(frozen=True)
class Cluster:
    """What is alike, with what came of it. `best` is the leading candidate's id."""

    name: str
    count: int
    scored: int
    best: str | None
    best_score: float | None
    children: tuple[Cluster, ...] = ()


def cluster(tried: Sequence[Tried]) -> tuple[Cluster, ...]:
    """Themes, largest first, each with its mechanisms, each with its variants."""
    designs = _designs(tried)
    if not designs:
        return ()
    variants = list(designs.values())
    return _level(list(zip(*_cut(list(designs)), variants, strict=True)))


def _designs(tried: Sequence[Tried]) -> dict[frozenset[str], list[Tried]]:
    """Candidates by their parts, the most frequent design first."""
    found: dict[frozenset[str], list[Tried]] = defaultdict(list)
    for one in sorted(tried, key=lambda t: t.id):
        found[one.parts].append(one)
    ordered = sorted(found, key=lambda parts: (-len(found[parts]), sorted(parts)))
    return {parts: found[parts] for parts in ordered}


def _cut(designs: Sequence[frozenset[str]]) -> tuple[list[int], list[int]]:
    """For each design, the number of its theme and of its mechanism."""
    if len(designs) == 1:
        return [1], [1]
    from scipy.cluster.hierarchy import fcluster, ward

    vectors = _vectors(designs)
    core = vectors[:MOST_DESIGNS]
    tree = ward(core)
    nearest = np.argmax(vectors[MOST_DESIGNS:] @ core.T, axis=1)
    cuts = []
    for most in (MOST_THEMES, MOST_MECHANISMS):
        numbers = fcluster(tree, most, "maxclust")
        cuts.append([int(n) for n in (*numbers, *numbers[nearest])])
    return cuts[0], cuts[1]


def _vectors(designs: Sequence[frozenset[str]]) -> np.ndarray:
    """One row of unit length a design: its parts by inverse document frequency."""
    having = Counter(part for parts in designs for part in parts)
    column = {part: n for n, part in enumerate(sorted(having))}
    vectors = np.zeros((len(designs), len(column) + 1))
    vectors[:, -1] = 1e-3  # a design without parts has a direction too
    for row, parts in zip(vectors, designs, strict=True):
        for part in parts:
            row[column[part]] = math.log((1 + len(designs)) / having[part])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _level(rows: Sequence[tuple[Any, ...]]) -> tuple[Cluster, ...]:
    """The clusters of designs. A row has the design's cluster at each level, from the top,
    and then its candidates."""
    groups: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row[0] if len(row) > 1 else place].append(row)
    members = {key: [one for row in group for one in row[-1]] for key, group in groups.items()}
    names = _names(members)
    found = []
    for key, group in groups.items():
        below = [row[1:] for row in group if len(row) > 1]
        inner = _level(below) if len(below) > 1 else ()
        # A cluster of one cluster is that one.
        inner = inner[0].children if len(inner) == 1 else inner
        found.append(_summed(names[key], members[key], inner))
    return tuple(sorted(found, key=lambda c: (-c.count, c.name)))


def _summed(name: str, members: Sequence[Tried], children: tuple[Cluster, ...]) -> Cluster:
    scored = [(t.score, t.id) for t in members if t.score is not None]
    score, best = max(scored) if scored else (None, None)
    return Cluster(name, len(members), len(scored), best, score, children)


def _names(groups: Mapping[Any, Sequence[Tried]]) -> dict[Any, str]:
    """What sets each group apart from the others; no two are called the same."""
    having = {key: Counter(p for t in group for p in t.parts) for key, group in groups.items()}
    everywhere: Counter[str] = Counter()
    for counts in having.values():
        everywhere.update(counts)
    total = sum(map(len, groups.values()))
    names = {}
    for key, group in groups.items():
        rest = max(1, total - len(group))
        apart = {
            part: count / len(group) - (everywhere[part] - count) / rest
            for part, count in having[key].items()
        }
        telling = sorted((p for p in apart if apart[p] > TELLING), key=lambda p: (-apart[p], p))
        names[key] = ", ".join(map(in_words, telling[:NAMED_BY])) or "what all have"
    return _told_apart(names)


def _told_apart(names: Mapping[Any, str]) -> dict[Any, str]:
    seen: Counter[str] = Counter()
    told = {}
    for number, name in names.items():
        seen[name] += 1
        told[number] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return told


def in_words(part: str) -> str:
    """A production's name as people write it."""
    return part.replace("_", " ")


_TERM = re.compile(r"[a-z][a-z-]{2,}")
_EMPTY = frozenset(
    {"add", "added", "adds", "all", "and", "any", "are", "because", "between", "but", "can",
     "change", "changed", "cites", "each", "every", "expected", "for", "from", "had", "has",
     "have", "instead", "into", "its", "less", "made", "make", "makes", "may", "more", "most",
     "not", "one", "our", "over", "per", "should", "than", "that", "the", "them", "then", "they",
     "this", "three", "two", "under", "use", "used", "uses", "using", "was", "were", "will",
     "with", "would"}
)  # fmt: skip


def key_terms(
    texts: Mapping[str, str], most: int = 8, fewest: int = 2
) -> dict[str, frozenset[str]]:
    """For each text the terms that tell it apart, among those that several texts use."""
    words = {id_: set(_TERM.findall(text.lower())) - _EMPTY for id_, text in texts.items()}
    having = Counter(word for found in words.values() for word in found)
    return {
        id_: frozenset(
            sorted((w for w in found if having[w] >= fewest), key=lambda w: (-having[w], w))[:most]
        )
        for id_, found in words.items()
    }

"""Finding what helps: by words and by likeness together, filtered, and not all alike.

Full-text and vector rankings are fused by reciprocal rank (Cormack, Clarke, Büttcher,
SIGIR 2009), then thinned by maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from . import text_search
from .describing import productions
from .designs import catch_up
from .embedding import Embedder, HashedNgrams, Vectors
from .store import Memory
from .vectors import Index

POOL = 50
"""How many of each ranking are fused; four times as many where a filter leaves some out."""
RANK_CONSTANT = 60
"""Of reciprocal rank fusion: the larger, the less the very first places count."""
LIKE = 0.05
"""Less likeness than this is chance: pieces of words that fell into one bucket."""
FADED = 0.5
"""Nor does less than this share of the best hit's: fused, a place counts however far behind."""
KINDS = ("candidate", "insight", "knowledge")

Outcome = Literal["scored", "failed"]


@dataclass(frozen=True)
class Found:
    """A hit: `kind` is candidate, idea, insight or knowledge; an idea has its candidate's id.

    `failed` marks a candidate that no run has scored and some run has rejected or broken: a
    warning rather than an example. `made` is when, in seconds since 1970, and `parts` what
    its blueprint is made of.
    """

    kind: str
    id: str
    title: str
    text: str
    score: float
    failed: bool = False
    made: float = 0.0
    parts: frozenset[str] = frozenset()


class Retriever:
    """Searches one memory again and again; holds the vectors between searches.

    `indices` may be shared by several, one at a time: those live long enough for a graph to
    be built where there are very many vectors. `by_words` leaves likeness out, and loads none.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder | None = None,
        *,
        indices: dict[str, Index] | None = None,
        by_words: bool = False,
    ) -> None:
        self.memory = memory
        self.embedder = embedder or HashedNgrams()
        self.by_words = by_words
        self._indices = {} if indices is None else indices
        self._lives_long = indices is not None

    def search(
        self,
        text: str,
        *,
        kinds: Sequence[str] = KINDS,
        domain: str | None = None,
        level: str | None = None,
        outcome: Outcome | None = None,
        limit: int = 10,
        diversity: float = 0.3,
    ) -> list[Found]:
        """The best `limit` hits over all `kinds`.

        `level` and `outcome` leave out candidates only. Variants of a candidate, which are
        made of the same parts, count as one: the first of them. `diversity` from 0 to 1
        trades relevance for difference from the hits before: agents want what they read
        spread, and people the best first.
        """
        query = self.embedder.embed([text])[0]
        filtered = domain is not None or level is not None or outcome is not None
        pool = 4 * POOL if filtered else POOL
        found = []
        for kind in kinds:
            fused = self._fused(kind, text, query, pool)
            found += _details(self.memory, kind, fused, domain, level, outcome)
        found.sort(key=lambda hit: (-hit.score, hit.id))
        found = originals(found)[: max(POOL, limit)]
        if not found:
            return []
        if self.by_words or not diversity:
            return found[:limit]
        vectors = np.stack([self._index(hit.kind).vectors([hit.id])[0] for hit in found])
        relevance = np.array([hit.score for hit in found]) / found[0].score
        return [found[n] for n in marginal(relevance, vectors, limit, diversity)]

    def refresh(self, kinds: Sequence[str] = KINDS) -> None:
        """Take in what is new; what a first search would otherwise wait for."""
        catch_up(self.memory)
        for kind in kinds:
            self._index(kind).refresh(self.memory)

    def _index(self, kind: str) -> Index:
        if kind not in self._indices:
            self._indices[kind] = Index(self.embedder, kind, lives_long=self._lives_long)
        return self._indices[kind]

    def _fused(self, kind: str, text: str, query: Vectors, pool: int) -> dict[str, float]:
        if kind == "candidate":
            catch_up(self.memory)
        near = [] if self.by_words else self._near(kind, query, pool)
        words = "design" if kind == "candidate" else kind
        hits = text_search.search(self.memory, text, kinds=(words,), limit=pool)
        return fuse([near, [hit.id for hit in hits[words]]])

    def _near(self, kind: str, query: Vectors, pool: int) -> list[str]:
        index = self._index(kind)
        index.refresh(self.memory)
        near = index.nearest(query, pool)
        least = max(LIKE, FADED * near[0][1]) if near else LIKE
        return [id_ for id_, likeness in near if likeness > least]


def find(memory: Memory, text: str, kinds: Sequence[str], limit: int) -> list[Found]:
    """One search for a person; who searches often keeps a Retriever."""
    return Retriever(memory).search(text, kinds=kinds, limit=limit, diversity=0)


def fuse(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """Reciprocal rank fusion: the score of everything that some ranking holds, best first."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for place, id_ in enumerate(dict.fromkeys(ranking), 1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (RANK_CONSTANT + place)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def originals(hits: Sequence[Found]) -> list[Found]:
    """The hits without variants: of designs with the same parts, the one that was made first
    stands for all, where the best of them ranks."""
    designs: dict[Hashable, list[Found]] = {}
    for hit in hits:
        designs.setdefault((hit.kind, hit.parts or hit.id), []).append(hit)
    return [
        replace(min(same, key=lambda hit: hit.made), score=same[0].score)
        if len(same) > 1
        else same[0]
        for same in designs.values()
    ]


def marginal(relevance: np.ndarray, vectors: np.ndarray, limit: int, diversity: float) -> list[int]:
    """Maximal marginal relevance: which rows to show, in order."""
    likeness = vectors @ vectors.T
    chosen: list[int] = []
    left = list(range(len(relevance)))
    while left and len(chosen) < limit:
        nearest = likeness[:, chosen].max(axis=1) if chosen else np.zeros(len(relevance))
        worth = (1 - diversity) * relevance - diversity * nearest
        best = max(left, key=lambda n: (worth[n], -n))
        chosen.append(best)
        left.remove(best)
    return chosen


def _details(
    memory: Memory,
    kind: str,
    fused: Mapping[str, float],
    domain: str | None,
    level: str | None,
    outcome: Outcome | None,
) -> list[Found]:
    """What the ids stand for, where they pass the filters."""
    marks = ", ".join("?" * len(fused))
    rows = memory.rows(_DETAILS[kind].format(marks=marks), list(fused))
    found: dict[str, Found] = {}
    for row in rows:
        if domain is not None and row["domain"] != domain:
            continue
        if kind in ("candidate", "idea") and not _passes(row, level, outcome):
            continue
        hit = Found(
            kind, str(row["id"]), row["title"], row["text"], fused[str(row["id"])],
            bool(row["failed"]), row["made"],
            productions(row["blueprint"]) if kind == "candidate" else frozenset(),
        )  # fmt: skip
        found.setdefault(hit.id, hit)
    return list(found.values())


def _passes(row: sqlite3.Row, level: str | None, outcome: Outcome | None) -> bool:
    if level is not None and row["level"] != level:
        return False
    return outcome is None or bool(row["scored" if outcome == "scored" else "failed"])


_CANDIDATE = """
    SELECT *, bad AND NOT scored AS failed FROM (
        SELECT c.id, c.name AS title, p.idea AS text, p.level, campaigns.domain,
               p.created AS made, c.blueprint,
               EXISTS (SELECT 1 FROM standings WHERE candidate = c.id) AS scored,
               EXISTS (SELECT 1 FROM evaluations WHERE candidate = c.id AND status <> 'ok') AS bad
        FROM candidates c
        JOIN proposals p ON p.id = (SELECT min(id) FROM proposals WHERE candidate = c.id)
        JOIN campaigns ON campaigns.id = p.campaign WHERE c.id IN ({marks}))"""
_DETAILS = {
    "candidate": _CANDIDATE,
    "idea": _CANDIDATE,
    "insight": """
        SELECT i.id, i.kind AS title, i.text, campaigns.domain, 0 AS failed,
               i.created AS made, NULL AS blueprint
        FROM insights i JOIN campaigns ON campaigns.id = i.campaign WHERE i.id IN ({marks})""",
    "knowledge": """
        SELECT id, problem AS title, idea AS text, domain, 0 AS failed, created AS made,
               NULL AS blueprint
        FROM knowledge WHERE id IN ({marks})""",
}

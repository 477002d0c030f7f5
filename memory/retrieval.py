"""Finding what helps: by words and by likeness together, filtered, and not all alike.

Full-text and vector rankings are fused by reciprocal rank (Cormack, Clarke, Büttcher,
SIGIR 2009), then thinned by maximal marginal relevance (Carbonell, Goldstein, SIGIR 1998).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import text_search
from .embedding import Embedder, HashedNgrams
from .store import Memory
from .vectors import KINDS, Index

POOL = 50
"""How many of each ranking are fused."""
RANK_CONSTANT = 60
"""Of reciprocal rank fusion: the larger, the less the very first places count."""
WEIGHTS = {"idea": 0.3}
"""An idea tells of an edit, in a few words that hide what the whole candidate is."""

Outcome = Literal["scored", "failed"]


@dataclass(frozen=True)
class Found:
    """A hit: `kind` is candidate, insight or knowledge. `failed` marks a candidate that no
    run has scored and some run has rejected or broken: a warning rather than an example."""

    kind: str
    id: str
    title: str
    text: str
    score: float
    failed: bool = False


class Retriever:
    """Searches one memory again and again; holds the vectors between searches."""

    def __init__(self, memory: Memory, embedder: Embedder | None = None) -> None:
        self.memory = memory
        self.embedder = embedder or HashedNgrams()
        self._indices: dict[str, Index] = {}

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

        `level` and `outcome` leave out candidates only. `diversity` from 0 to 1 trades
        relevance for difference from the hits before.
        """
        query = self.embedder.embed([text])[0]
        found = []
        for kind in kinds:
            fused = self._fused(kind, text, query)
            found += _details(self.memory, kind, fused, domain, level, outcome)
        found.sort(key=lambda hit: -hit.score)
        return self._diverse(found[: max(POOL, limit)], limit, diversity)

    def _fused(self, kind: str, text: str, query: np.ndarray) -> dict[str, float]:
        index = self._indices.setdefault(kind, Index(self.embedder, kind))
        index.refresh(self.memory)
        near = [id_ for id_, likeness in index.nearest(query, POOL) if likeness > 0]
        words = {"candidate": ("idea", "code")}.get(kind, (kind,))
        hits = text_search.search(self.memory, text, kinds=words, limit=POOL)
        rankings = {name: [hit.id for hit in ranking] for name, ranking in hits.items()}
        return fuse([near, *rankings.values()], [1.0, *(WEIGHTS.get(n, 1.0) for n in rankings)])

    def _diverse(self, hits: list[Found], limit: int, diversity: float) -> list[Found]:
        if diversity == 0 or len(hits) <= 1:
            return hits[:limit]
        rows = [self._indices[hit.kind].vectors([hit.id])[0] for hit in hits]
        relevance = np.array([hit.score for hit in hits]) / hits[0].score
        return [hits[n] for n in marginal(relevance, np.stack(rows), limit, diversity)]


def search(memory: Memory, text: str, **filters: object) -> list[Found]:
    """One search, as `Retriever.search`; who searches often keeps a Retriever."""
    return Retriever(memory).search(text, **filters)  # type: ignore[arg-type]


def fuse(rankings: Sequence[Sequence[str]], weights: Sequence[float] = ()) -> dict[str, float]:
    """Reciprocal rank fusion: the score of everything that some ranking holds, best first."""
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for place, id_ in enumerate(dict.fromkeys(ranking), 1):
            scores[id_] = scores.get(id_, 0.0) + weight / (RANK_CONSTANT + place)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


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
        if kind == "candidate" and not _passes(row, level, outcome):
            continue
        hit = Found(
            kind, str(row["id"]), row["title"], row["text"], fused[str(row["id"])],
            bool(row["failed"]),
        )  # fmt: skip
        found.setdefault(hit.id, hit)
    return list(found.values())


def _passes(row: sqlite3.Row, level: str | None, outcome: Outcome | None) -> bool:
    if level is not None and row["level"] != level:
        return False
    return outcome is None or bool(row["scored" if outcome == "scored" else "failed"])


_DETAILS = {
    "candidate": """
        SELECT c.id, c.name AS title, p.idea AS text, p.level, campaigns.domain,
               s.scored, (e.bad AND NOT s.scored) AS failed
        FROM candidates c JOIN proposals p ON p.candidate = c.id
        JOIN campaigns ON campaigns.id = p.campaign
        JOIN (SELECT id, EXISTS (SELECT 1 FROM standings WHERE candidate = id) AS scored
              FROM candidates) s ON s.id = c.id
        JOIN (SELECT id, EXISTS (SELECT 1 FROM evaluations WHERE candidate = candidates.id
                                 AND status <> 'ok') AS bad FROM candidates) e ON e.id = c.id
        WHERE c.id IN ({marks}) ORDER BY p.id""",
    "insight": """
        SELECT i.id, i.kind AS title, i.text, campaigns.domain, 0 AS failed
        FROM insights i JOIN campaigns ON campaigns.id = i.campaign WHERE i.id IN ({marks})""",
    "knowledge": """
        SELECT id, problem AS title, idea AS text, domain, 0 AS failed
        FROM knowledge WHERE id IN ({marks})""",
}

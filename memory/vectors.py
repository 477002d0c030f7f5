"""Search over the vectors of one kind of text: exact, or by a graph where they are too many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from . import graph
from .describing import VERSION, text_of
from .embedding import Embedder, Vectors
from .exact import Exact
from .store import Memory

BATCH = 1000
"""Texts that are embedded and stored in one transaction."""
MOST_EXACT = 100_000
"""Beyond this many vectors an index that lives long searches by a graph."""

_ITEMS = {
    "candidate": "SELECT number AS row, id FROM candidates",
    "idea": "SELECT min(id) AS row, candidate AS id FROM proposals WHERE idea <> ''"
    " GROUP BY candidate",
    "insight": "SELECT id AS row, CAST(id AS TEXT) AS id FROM insights",
    "knowledge": "SELECT number AS row, id FROM knowledge",
}
"""Every item with the number that rises with each new one."""
_TEXTS = {
    "candidate": """
        SELECT c.id, c.name, c.source, c.blueprint,
               (SELECT group_concat(idea, ' ') FROM
                (SELECT idea FROM proposals p WHERE p.candidate = c.id LIMIT 5)) AS idea
        FROM candidates c WHERE c.number IN ({marks})""",
    "idea": "SELECT candidate AS id, idea AS text FROM proposals WHERE id IN ({marks})",
    "insight": "SELECT CAST(id AS TEXT) AS id, text FROM insights WHERE id IN ({marks})",
    "knowledge": """
        SELECT id, problem || ' ' || idea || ' ' || how AS text
        FROM knowledge WHERE number IN ({marks})""",
}
KINDS = tuple(_ITEMS)


class Index:
    """The vectors of all texts of one kind, held in memory.

    `refresh` takes in what is new since the last call; where the memory may be written,
    it also stores the new vectors, so that the next process need not make them again.
    `lives_long` says that the minutes of building a graph pay, beyond `MOST_EXACT` vectors and
    where hnswlib is installed.
    """

    def __init__(self, embedder: Embedder, kind: str, *, lives_long: bool = False) -> None:
        self.lives_long = lives_long and graph.available()
        self._exact: Exact | None = None
        self._graph: graph.Graph | None = None
        self.embedder = embedder
        self.kind = kind
        self.model = f"{embedder.name}/{VERSION}"
        self.ids: list[str] = []
        self._last = 0
        self._places: dict[str, int] = {}

    def refresh(self, memory: Memory) -> int:
        """Take in new texts; returns how many had to be embedded."""
        rows = {row["id"]: row["row"] for row in self._new(memory) if row["id"] not in self._places}
        if not rows:
            return 0
        stored = self._stored(memory, rows)
        lacking = [(rows[id_], id_) for id_ in rows if id_ not in stored]
        for vectors in self._embedded(memory, [row for row, _ in lacking]):
            stored |= vectors
        self._append(list(rows), [stored[id_] for id_ in rows])
        self._last = max(rows.values())
        return len(lacking)

    def nearest(self, query: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """The ids of the `limit` texts most like `query`, best first, with their likeness."""
        if self._exact is None:
            return []
        # What every text has tells none apart: the inverse document frequency of each bucket.
        weights = query * np.log((1 + len(self.ids)) / (1 + self._exact.filled)) ** 2
        weights = (weights / (np.linalg.norm(weights) or 1)).astype(np.float32)
        searched = self._exact if self._graph is None else self._graph
        top, likeness = searched.nearest(weights, limit)
        return [(self.ids[n], float(s)) for n, s in zip(top, likeness, strict=True)]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of some of the texts, in that order."""
        if self._exact is None:
            raise KeyError(ids)
        return self._exact.vectors([self._places[id_] for id_ in ids])

    def _append(self, ids: list[str], vectors: Sequence[bytes]) -> None:
        rows = np.frombuffer(b"".join(vectors), dtype="<f2").reshape(len(ids), -1)
        self._places |= {id_: len(self.ids) + n for n, id_ in enumerate(ids)}
        self.ids += ids
        if self._exact is None:
            self._exact = Exact(rows.shape[1])
        self._exact.add(rows)
        if self._graph is not None:
            self._graph.add(rows.astype(np.float32))
        elif self.lives_long and len(self.ids) > MOST_EXACT:
            self._graph = graph.Graph(rows.shape[1])
            for block in self._exact.blocks():
                self._graph.add(block)

    def _new(self, memory: Memory) -> list[sqlite3.Row]:
        items = _ITEMS[self.kind]
        if not self._last:
            # No condition: an index on the ids then answers without reading a program.
            return sorted(memory.rows(items), key=lambda row: row["row"])
        return memory.rows(f"SELECT * FROM ({items}) WHERE row > ? ORDER BY row", (self._last,))

    def _stored(self, memory: Memory, rows: Mapping[str, int]) -> dict[str, bytes]:
        """The vectors that another process has made and stored."""
        if self._last:
            return {}
        found = memory.rows(
            "SELECT item, vector FROM embeddings WHERE model = ? AND kind = ?",
            (self.model, self.kind),
        )
        return {item: vector for item, vector in found if item in rows}

    def _embedded(self, memory: Memory, numbers: Sequence[int]) -> Iterator[dict[str, bytes]]:
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start : start + BATCH]
            marks = ", ".join("?" * len(batch))
            rows = memory.rows(_TEXTS[self.kind].format(marks=marks), batch)
            made = self.embedder.embed([text_of(self.kind, row) for row in rows]).astype("<f2")
            vectors = {row["id"]: v.tobytes() for row, v in zip(rows, made, strict=True)}
            if not memory.read_only:
                self._store(memory, vectors)
            yield vectors

    def _store(self, memory: Memory, vectors: Mapping[str, bytes]) -> None:
        with memory.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?, ?)",
                [(self.model, self.kind, item, vector) for item, vector in vectors.items()],
            )

"""An exact search over the vectors of one kind of text."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

import numpy as np

from .embedding import Embedder, Vectors
from .store import Memory

BATCH = 2000
"""Texts that are embedded and stored in one transaction."""

_TEXTS = {
    "candidate": """
        SELECT c.number AS row, c.id, c.name, c.source, c.blueprint,
               (SELECT group_concat(p.idea, ' ') FROM proposals p WHERE p.candidate = c.id) AS idea
        FROM candidates c WHERE c.number > ? ORDER BY c.number""",
    "insight": "SELECT id AS row, id, text FROM insights WHERE id > ? ORDER BY id",
    "knowledge": """
        SELECT number AS row, id, problem || ' ' || idea || ' ' || how AS text
        FROM knowledge WHERE number > ? ORDER BY number""",
}
KINDS = tuple(_TEXTS)
_DOCSTRING = re.compile(r'"""(.+?)(?:"""|\n)')
_PRODUCTION = re.compile(r'"production":"(\w+)"')


def text_of(kind: str, row: sqlite3.Row) -> str:
    """What an item's vector is made from: of a candidate its name, idea, what its docstrings
    say first, and the parts of its blueprint, but not its code."""
    if kind != "candidate":
        return str(row["text"])
    docstrings = dict.fromkeys(_DOCSTRING.findall(row["source"]))
    parts = dict.fromkeys(_PRODUCTION.findall(row["blueprint"] or ""))
    return "\n".join([row["name"], row["idea"] or "", *docstrings, *parts])


class Index:
    """The vectors of all texts of one kind, held in memory: 100,000 of 1024 take 200 MB.

    `refresh` takes in what is new since the last call; where the memory may be written,
    it also stores the new vectors, so that the next process need not make them again.
    """

    def __init__(self, embedder: Embedder, kind: str) -> None:
        self.embedder = embedder
        self.kind = kind
        self.ids: list[str] = []
        self._last = 0
        self._blocks: list[np.ndarray] = []
        self._filled = np.zeros(0)

    def refresh(self, memory: Memory) -> int:
        """Take in new texts; returns how many had to be embedded."""
        stored = self._stored(memory)
        begun, made = self._last, 0
        while rows := memory.rows(f"{_TEXTS[self.kind]} LIMIT {BATCH}", (self._last,)):
            ids = [str(row["id"]) for row in rows]
            lacking = [n for n, id_ in enumerate(ids) if id_ not in stored]
            fresh = self.embedder.embed([text_of(self.kind, rows[n]) for n in lacking]).astype(
                "<f2"
            )
            vectors = dict(zip([ids[n] for n in lacking], fresh, strict=True))
            if lacking and not memory.read_only:
                self._store(memory, vectors)
            made += len(lacking)
            known = (
                vectors[i] if i in vectors else np.frombuffer(stored[i], dtype="<f2") for i in ids
            )
            self._blocks.append(np.stack(list(known)))
            self.ids += ids
            self._last = rows[-1]["row"]
        if len(self._blocks) > 1:
            self._blocks = [np.concatenate(self._blocks)]
        if self._blocks and self._last != begun:
            self._filled = np.count_nonzero(self._blocks[0], axis=0)
        return made

    def nearest(self, query: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """The ids of the `limit` texts most like `query`, best first, with their likeness."""
        if not self.ids:
            return []
        matrix = self._blocks[0]
        # What every text has tells none apart: the inverse document frequency of each bucket.
        rarity = np.log((1 + len(matrix)) / (1 + self._filled)) ** 2
        likeness = matrix.astype(np.float32) @ (query * rarity).astype(np.float32)
        top = np.argpartition(-likeness, min(limit, len(likeness) - 1))[:limit]
        top = top[np.argsort(-likeness[top], kind="stable")]
        return [(self.ids[n], float(likeness[n])) for n in top]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of some of the texts, in that order."""
        place = {id_: n for n, id_ in enumerate(self.ids)}
        rows: Vectors = self._blocks[0][[place[id_] for id_ in ids]].astype(np.float32)
        return rows

    def _stored(self, memory: Memory) -> dict[str, bytes]:
        if self._last:
            return {}
        rows = memory.rows(
            "SELECT item, vector FROM embeddings WHERE model = ? AND kind = ?",
            (self.embedder.name, self.kind),
        )
        return {row["item"]: row["vector"] for row in rows}

    def _store(self, memory: Memory, vectors: dict[str, np.ndarray]) -> None:
        with memory.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO embeddings VALUES (?, ?, ?, ?)",
                [
                    (self.embedder.name, self.kind, item, vector.tobytes())
                    for item, vector in vectors.items()
                ],
            )

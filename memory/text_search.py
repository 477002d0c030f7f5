"""Full-text search over ideas, insights, knowledge, names and code (SQLite FTS5, BM25)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .store import Memory


@dataclass(frozen=True)
class Hit:
    """A match: `kind` is idea, insight, knowledge or code, `id` that of what matched
    (a candidate's for ideas and code), `rank` BM25's, where lower is better."""

    kind: str
    id: str
    title: str
    excerpt: str
    rank: float


_QUERIES = {
    "idea": """
        SELECT p.candidate AS id, c.name AS title, f.rank,
               snippet(proposals_fts, 0, '', '', '...', 24) AS excerpt
        FROM proposals_fts f JOIN proposals p ON p.id = f.rowid
        JOIN candidates c ON c.id = p.candidate
        WHERE proposals_fts MATCH ? ORDER BY f.rank LIMIT ?""",
    "insight": """
        SELECT i.id, i.kind AS title, f.rank,
               snippet(insights_fts, 0, '', '', '...', 24) AS excerpt
        FROM insights_fts f JOIN insights i ON i.id = f.rowid
        WHERE insights_fts MATCH ? ORDER BY f.rank LIMIT ?""",
    "knowledge": """
        SELECT k.id, k.source AS title, f.rank,
               snippet(knowledge_fts, -1, '', '', '...', 24) AS excerpt
        FROM knowledge_fts f JOIN knowledge k ON k.number = f.rowid
        WHERE knowledge_fts MATCH ? ORDER BY f.rank LIMIT ?""",
    "code": """
        SELECT c.id, c.name AS title, f.rank,
               snippet(candidates_fts, 1, '', '', '...', 24) AS excerpt
        FROM candidates_fts f JOIN candidates c ON c.number = f.rowid
        WHERE candidates_fts MATCH ? ORDER BY f.rank LIMIT ?""",
}
KINDS = tuple(_QUERIES)


def search(
    memory: Memory, text: str, *, kinds: Sequence[str] = KINDS, limit: int = 10
) -> dict[str, list[Hit]]:
    """The best matches of each kind, best first. Any word may match; more words rank higher.

    `text` is plain words: the query language of FTS5 has no meaning in it. Ranks of
    different kinds do not compare, so each kind has its own list.
    """
    query = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text.replace("_", " ")))
    if not query:
        return {kind: [] for kind in kinds}
    return {kind: _hits(memory, kind, query, limit) for kind in kinds}


def _hits(memory: Memory, kind: str, query: str, limit: int) -> list[Hit]:
    rows = memory.rows(_QUERIES[kind], (query, limit))
    return [
        Hit(kind, str(row["id"]), row["title"], " ".join(row["excerpt"].split()), row["rank"])
        for row in rows
    ]

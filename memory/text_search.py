"""Full-text search over ideas, insights, knowledge, names and code (SQLite FTS5, BM25)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .store import Memory


@dataclass(frozen=True)
class Hit:
    """A match: `kind` is idea, insight, knowledge, code or design, `id` that of what matched
    (a candidate's for ideas, code and designs), `rank` BM25's, where lower is better. `words`
    are those that were looked for."""

    kind: str
    id: str
    title: str
    text: str
    words: Sequence[str]
    rank: float

    @property
    def excerpt(self) -> str:
        """The text around the first of the words that it has."""
        lower = self.text.lower()
        first = min((at for word in self.words if (at := lower.find(word)) >= 0), default=0)
        start = 0
        if first >= EXCERPT // 2:
            start = self.text.rfind(" ", 0, first - EXCERPT // 4) + 1
        said = " ".join(self.text[start : start + EXCERPT].split())
        more = "..." if start + EXCERPT < len(self.text) else ""
        return ("..." if start else "") + said + more


_QUERIES = {
    "idea": """
        SELECT p.candidate AS id, c.name AS title, b.rank, p.idea AS text
        FROM best b JOIN proposals p ON p.id = b.rowid JOIN candidates c ON c.id = p.candidate""",
    "insight": """
        SELECT i.id, i.kind AS title, b.rank, i.text
        FROM best b JOIN insights i ON i.id = b.rowid""",
    "knowledge": """
        SELECT k.id, k.source AS title, b.rank,
               k.problem || '. ' || k.idea || '. ' || k.how || '. ' || k.limits AS text
        FROM best b JOIN knowledge k ON k.number = b.rowid""",
    "code": """
        SELECT c.id, c.name AS title, b.rank, c.source AS text
        FROM best b JOIN candidates c ON c.number = b.rowid""",
    "design": """
        SELECT c.id, c.name AS title, b.rank, '' AS text
        FROM best b JOIN candidates c ON c.number = b.rowid""",
}
KINDS = ("idea", "insight", "knowledge", "code")
"""What is searched unless told otherwise; `design` is a candidate read out in words."""
_TABLES = {
    "idea": "proposals", "insight": "insights", "knowledge": "knowledge", "code": "candidates",
    "design": "designs",
}  # fmt: skip
_BEST = """
    WITH best AS (SELECT rowid, rank FROM {table}_fts
                  WHERE {table}_fts MATCH ? AND rowid > ? ORDER BY rank LIMIT ?)
"""
MOST_WORDS = 32
"""Of a query; a question has a dozen."""
EXCERPT = 160
"""Characters of a text that are shown."""
RECENT = 4_000
"""Common words are looked for among the latest texts only, rare ones among all."""
COMMON = 1_000
"""A word in more texts than this is common."""


def search(
    memory: Memory, text: str, *, kinds: Sequence[str] = KINDS, limit: int = 10
) -> dict[str, list[Hit]]:
    """The best matches of each kind, best first. Any word may match; more words rank higher.

    `text` is plain words: the query language of FTS5 has no meaning in it. Ranks of
    different kinds do not compare, so each kind has its own list. In a large memory, texts
    with the rare words of `text` come first, then the latest with the common ones: to rank
    every text that has a common word would take as long as the memory is large.
    """
    words = list(dict.fromkeys(re.findall(r"\w+", text.replace("_", " ").lower())))[:MOST_WORDS]
    return {kind: _hits(memory, kind, words, limit) for kind in kinds}


def _hits(memory: Memory, kind: str, words: Sequence[str], limit: int) -> list[Hit]:
    newest = _newest(memory, f"{_TABLES[kind]}_fts")
    if newest <= RECENT:
        return _ranked(memory, kind, words, 0, limit)
    rare = [word for word in words if not _is_common(memory, kind, word)]
    found = _ranked(memory, kind, rare, 0, limit)
    if len(found) < limit:
        found += _ranked(memory, kind, words, newest - RECENT, limit)
    return list({hit.id: hit for hit in reversed(found)}.values())[::-1][:limit]


def _newest(memory: Memory, table: str) -> int:
    row = memory.row(f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1")
    return row["rowid"] if row else 0


def _is_common(memory: Memory, kind: str, word: str) -> bool:
    table = f"{_TABLES[kind]}_fts"
    sql = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"
    counted: int = memory.rows(sql, (f'"{word}"', COMMON + 1))[0][0]
    return counted > COMMON


def _ranked(memory: Memory, kind: str, words: Sequence[str], after: int, limit: int) -> list[Hit]:
    """Texts numbered above `after` with any of the words, best first."""
    if not words:
        return []
    query = " OR ".join(f'"{word}"' for word in words)
    sql = _BEST.format(table=_TABLES[kind]) + _QUERIES[kind] + " ORDER BY b.rank, b.rowid"
    return [
        Hit(kind, str(row["id"]), row["title"], row["text"], words, row["rank"])
        for row in memory.rows(sql, (query, after, limit))
    ]

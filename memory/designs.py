"""Designs in words, kept in step for full-text search."""

from __future__ import annotations

import sqlite3

from .describing import text_of
from .store import Memory

BATCH = 500
"""Candidates that are described in one transaction."""
NEW = """
    SELECT c.number, c.id, c.name, c.source, c.blueprint,
           (SELECT idea FROM proposals p WHERE p.candidate = c.id LIMIT 1) AS idea
    FROM candidates c WHERE c.number > ? ORDER BY c.number LIMIT ?
"""


def catch_up(memory: Memory) -> int:
    """Describe the candidates that came since the last time; how many. None where the
    memory may only be read."""
    described = 0
    while not memory.read_only and _waiting(memory.connection):
        # Described before the lock is taken: a campaign does not wait for it.
        rows = memory.rows(NEW, (_last(memory.connection), BATCH))
        made = [(row["number"], row["name"], text_of("candidate", row)) for row in rows]
        with memory.transaction() as connection:
            last = _last(connection)  # another process may have been faster
            connection.executemany(
                "INSERT INTO designs_fts (rowid, name, text) VALUES (?, ?, ?)",
                [design for design in made if design[0] > last],
            )
        described += len(made)
    return described


def _waiting(connection: sqlite3.Connection) -> bool:
    newest = connection.execute("SELECT max(number) FROM candidates").fetchone()[0] or 0
    return bool(newest > _last(connection))


def _last(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT rowid FROM designs_fts ORDER BY rowid DESC LIMIT 1").fetchone()
    return row[0] if row else 0

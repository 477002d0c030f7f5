"""A memory as it was at an earlier moment, in a file of its own: for what is to be made again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from . import standings
from .store import Memory, open_memory

_RUNS = "SELECT id FROM evaluations WHERE finished > :moment"
_CALLS = "SELECT id FROM llm_calls WHERE created > :moment"
_FORGET = (
    "DELETE FROM standings",
    "DELETE FROM in_flight",
    f"DELETE FROM metrics WHERE evaluation IN ({_RUNS})",
    f"DELETE FROM curves WHERE evaluation IN ({_RUNS})",
    "DELETE FROM artifacts WHERE created > :moment",
    f"DELETE FROM ledger WHERE evaluation IN ({_RUNS}) OR call IN ({_CALLS})",
    *(
        f"DELETE FROM {table} WHERE created > :moment"
        for table in ("claims", "predictions", "insights", "events", "llm_calls", "knowledge")
    ),
    "DELETE FROM evaluations WHERE finished > :moment",
    "DELETE FROM parents WHERE proposal IN (SELECT id FROM proposals WHERE created > :moment)",
    "DELETE FROM proposals WHERE created > :moment",
    "DELETE FROM candidates WHERE created > :moment",
    "DELETE FROM ledger WHERE campaign IN (SELECT id FROM campaigns WHERE created > :moment)",
    "DELETE FROM campaigns WHERE created > :moment",
    "DELETE FROM embeddings WHERE kind = 'insight'"
    " AND CAST(item AS INTEGER) NOT IN (SELECT id FROM insights)",
    *(
        f"INSERT INTO {index} ({index}) VALUES ('rebuild')"
        for index in ("candidates_fts", "proposals_fts", "insights_fts", "knowledge_fts")
    ),
    "INSERT INTO designs_fts (designs_fts) VALUES ('delete-all')",
)


def rewound(memory: Memory, path: Path, moment: float) -> Memory:
    """A copy of `memory`, made at `path`, as it was at `moment`, in seconds since 1970.

    What was only charged, such as a run that was cut off, stays in the ledger.
    """
    with memory.guarded(), closing(sqlite3.connect(path)) as copy:
        memory.connection.backup(copy)
    copied = open_memory(path)
    try:
        _rewind(copied, moment)
    except BaseException:
        copied.close()
        raise
    return copied


def _rewind(copied: Memory, moment: float) -> None:
    with copied.transaction() as connection:
        for statement in _FORGET:
            connection.execute(statement, {"moment": moment} if ":moment" in statement else ())
        scored = connection.execute(
            "SELECT DISTINCT campaign, candidate, tier FROM evaluations WHERE score IS NOT NULL"
        ).fetchall()
        for row in scored:
            standings.refresh(connection, *row)

"""Asking in SQL: one statement of the user's own, which can only read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from .errors import MemoryFault
from .store import Memory

_READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_DESCRIBING = {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}


class CannotAnswer(MemoryFault):
    """SQL that is wrong, or that would do more than read."""


@dataclass(frozen=True)
class Answer:
    """Rows with the names of their columns; `complete` is False where a limit cut them."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    complete: bool


def ask(memory: Memory, sql: str, *, limit: int | None = None) -> Answer:
    """Run one statement that reads; raises CannotAnswer.

    A read-only connection would still attach other files, and make them.
    """
    memory.connection.set_authorizer(_authorise)
    try:
        cursor = memory.connection.execute(sql)
        rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit + 1)
    except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError) as error:
        refused = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_AUTH
        said = "only a statement that reads is allowed here" if refused else str(error)
        raise CannotAnswer(f"SQL: {said}") from error
    finally:
        memory.connection.set_authorizer(None)
    columns = tuple(column[0] for column in cursor.description or ())
    complete = limit is None or len(rows) <= limit
    return Answer(columns, [tuple(row) for row in rows[:limit]], complete)


def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in _READING:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and (second is None or first in _DESCRIBING):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY

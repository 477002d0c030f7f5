"""Cells that hold what no Discover writes there: text for a number, a broken document, nothing.

SQLite takes any value into any column, and looking at every row whenever a memory is opened would
take seconds. So rows are believed until something trips over one: then it is said which.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ..space import Direction, Level, Status
from .campaigns import CampaignStatus
from .errors import MemoryFault, Unreadable
from .evaluations import Purpose
from .store import Memory
from .transfer import TABLES

SHOWN = 20
"""Rows of one table that are named."""

_KINDS = {
    "TEXT": ("a text", "typeof({0}) = 'text'"),
    "INTEGER": ("a whole number", "typeof({0}) = 'integer'"),
    "REAL": ("a number", "typeof({0}) IN ('real', 'integer')"),
    "BLOB": ("bytes", "typeof({0}) = 'blob'"),
}


def _one_of(known: Iterable[str]) -> tuple[str, str]:
    listed = ", ".join(f"'{value}'" for value in known)
    return f"one of {listed}", f"{{0}} IN ({listed})"


_OBJECT = ("a JSON object", "iif(json_valid({0}), json_type({0}) = 'object', 0)")
_MOMENT = (
    "seconds since 1970",
    "typeof({0}) IN ('real', 'integer') AND {0} BETWEEN 0 AND 253402300799",
)
_AMOUNT = ("a finite number", "typeof({0}) IN ('real', 'integer') AND abs({0}) < 9e999")
_SPECIAL = {
    "candidates.blueprint": _OBJECT,
    "campaigns.config": _OBJECT,
    "campaigns.direction": _one_of(Direction),
    "campaigns.status": _one_of(CampaignStatus),
    "proposals.level": _one_of(Level),
    "evaluations.purpose": _one_of(Purpose),
    "in_flight.purpose": _one_of(Purpose),
    "evaluations.status": _one_of(Status),
    "claims.seeds": (
        "a JSON array of whole numbers",
        "iif(json_valid({0}), json_type({0}) = 'array' AND NOT EXISTS"
        " (SELECT 1 FROM json_each({0}) WHERE type <> 'integer'), 0)",
    ),
    "campaigns.pid": (
        "a process's number",
        "typeof({0}) = 'integer' AND {0} BETWEEN 1 AND 2147483647",
    ),
    "events.data": _OBJECT,
    "curves.data": (
        "numbers of its dtype",
        "typeof({0}) = 'blob' AND length({0}) % iif(dtype = '<f4', 4, 8) = 0",
    ),
    "amount": _AMOUNT,
    "wall_s": _AMOUNT,
    "cpu_s": _AMOUNT,
    "device_s": _AMOUNT,
    "created": _MOMENT,
    "heartbeat": _MOMENT,
    "started": _MOMENT,
    "finished": _MOMENT,
}
"""Columns of which more is expected than their declared kind, by table and name or name alone."""


@dataclass(frozen=True)
class _Column:
    """What a column is expected to hold, and an SQL expression that says whether it does."""

    name: str
    expected: str
    fits: str


def misfits(memory: Memory) -> Iterator[str]:
    """Every cell of another kind than its column's, a line each, at most `SHOWN` of a table."""
    for table in (*TABLES, "standings", "embeddings"):
        yield from _of_table(memory.connection, table)


def orphans(memory: Memory) -> Iterator[str]:
    """Every row that names another which is not there, a line each."""
    for table, row, other, _ in memory.connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} names a row of {other} that is missing"


_BROUGHT = (ValueError, TypeError, OverflowError, LookupError, AttributeError, sqlite3.Error)
"""The errors that a cell of another kind than its column's brings about where it is used."""


def explanation(memory: Memory, error: Exception) -> MemoryFault | None:
    """What in the memory's rows may have led to an error where they were read; None where all
    fit, and for errors that no cell brings about. A file that cannot be read is its own
    explanation."""
    if not isinstance(error, _BROUGHT):
        return None
    try:
        with memory.guarded():
            found = next(chain(misfits(memory), orphans(memory)), None)
    except MemoryFault as fault:
        return fault
    if found is None:
        return None
    return Unreadable(
        f"{memory.path} holds what no Discover writes: {found}"
        f" (`discover memory check --db {memory.path}` lists everything)"
    )


def _of_table(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    described = connection.execute(f"PRAGMA table_info({table})").fetchall()
    columns = [_column(table, *row[1:4]) for row in described]
    keys = [row[1] for row in sorted(described, key=lambda row: row[5]) if row[5]]
    asked = [f"{c.fits}, typeof({c.name}), substr({c.name}, 1, 30)" for c in columns]
    rows = connection.execute(
        f"SELECT {', '.join(asked)}, {', '.join(keys)} FROM {table}"
        f" WHERE NOT ({' AND '.join(c.fits for c in columns)}) LIMIT {SHOWN}"
    )
    for row in rows:
        where = ", ".join(f"{value!r:.40}" for value in row[3 * len(columns) :])
        for place, column in enumerate(columns):
            fits, kind, begins = row[3 * place : 3 * place + 3]
            if not fits:
                shown = "NULL" if kind == "null" else f"{kind} {begins!r}"
                yield f"{table} {where}: {column.name} is {shown}, expected {column.expected}"


def _column(table: str, name: str, declared: str, required: int) -> _Column:
    special = _SPECIAL.get(f"{table}.{name}", _SPECIAL.get(name, _KINDS[declared]))
    expected, fits = special[0], special[1].format(name)
    return _Column(name, expected, f"({fits})" if required else f"({name} IS NULL OR {fits})")

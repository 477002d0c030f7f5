"""Moving memories: export to and import from JSON lines, and merging one into another.

A line is `{"table": ..., "row": {...}}`; the first line is a header with the schema's
version. Whole campaigns are moved: one that the receiving memory has already is left as
it is there. Row numbers are given anew; ids of campaigns and candidates are kept.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TextIO, cast

from ..harmless import cut, shown
from ..space import Blueprint, canonical_hash
from . import campaigns, schema, standings
from .encoding import clean, from_json
from .errors import MemoryFault
from .store import Memory

LONGEST_LINE = 64 * 2**20
"""In characters: a file that has no end need not have lines either."""
TABLES = (
    "campaigns", "candidates", "proposals", "parents", "in_flight", "evaluations", "metrics",
    "curves", "predictions", "insights", "knowledge", "llm_calls", "ledger", "artifacts",
    "claims", "events",
)  # fmt: skip
"""Every table that is not derived from others, each after those that it names."""

Row = Mapping[str, Any]


class CannotImport(MemoryFault):
    """Rows that do not fit into a memory; nothing of them was taken over."""


@dataclass
class Taken:
    """What an import or a merge brought, and what was there already."""

    campaigns: int = 0
    campaigns_known: int = 0
    candidates: int = 0
    evaluations: int = 0


def export_lines(memory: Memory) -> Iterator[str]:
    """The whole memory as JSON lines, of one moment, without newlines at their ends."""
    yield json.dumps({"format": "discover-memory", "version": schema.migrations()[-1][0]})
    for table, row in rows_of(memory):
        yield json.dumps({"table": table, "row": {k: _to_json(v) for k, v in row.items()}})


def import_lines(memory: Memory, lines: Iterable[str], origin: str) -> Taken:
    """Take over what `export_lines` gave, all or nothing; raises CannotImport.

    `origin` names where it comes from: its results are marked with that and do not count
    here. Empty is for a memory of one's own, whose results count as if measured here.
    """
    return absorb(memory, _parse(lines), origin)


def lines_of(file: TextIO) -> Iterator[str]:
    """The lines of a file that may be anything, for `import_lines`; raises CannotImport."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise CannotImport(f"line {number} is longer than {LONGEST_LINE} characters")
        yield line


def merge(memory: Memory, other: Memory, origin: str) -> Taken:
    """Take over the campaigns and knowledge of another memory, as `import_lines` does."""
    with closing(rows_of(other)) as rows:
        return absorb(memory, rows, origin)


def rows_of(memory: Memory) -> Generator[tuple[str, Row], None, None]:
    """Every row that is not derived, table by table, of one moment."""
    memory.connection.execute("BEGIN")
    try:
        for table in TABLES:
            for row in memory.connection.execute(f"SELECT * FROM {table}"):
                yield table, dict(row)
    finally:
        memory.connection.execute("ROLLBACK")


def absorb(memory: Memory, rows: Iterable[tuple[str, Row]], origin: str) -> Taken:
    """Take over rows that come in the order of `TABLES`, all or nothing."""
    try:
        with memory.transaction() as connection:
            receiver = _Receiver(connection, clean(origin))
            for table, row in rows:
                receiver.take(table, row)
            for standing in sorted(receiver.scored):
                standings.refresh(connection, *standing)
    except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError) as error:
        raise CannotImport(f"a row does not fit: {error}") from error
    return receiver.taken


@dataclass
class _Receiver:
    """Takes rows in, giving them new numbers and following those that other rows name."""

    connection: sqlite3.Connection
    origin: str
    taken: Taken = field(default_factory=Taken)
    scored: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        from sqlite_utils import Database  # 0.2 CPU-seconds, so only here
        from sqlite_utils.db import Table

        database = Database(self.connection)
        tables = {name: cast(Table, database[name]) for name in TABLES}
        self._columns = {name: table.columns_dict for name, table in tables.items()}
        # Tables whose rows are named by numbers, and where those names stand.
        self._numbered = {n for n, t in tables.items() if t.columns_dict.get("id") is int}
        self._names = {
            name: {str(k.column): k.other_table for k in table.foreign_keys}
            for name, table in tables.items()
        }
        self._numbers: dict[tuple[str, int], int] = {}
        self._known = {row[0] for row in self.connection.execute("SELECT id FROM campaigns")}
        self._skipped: set[tuple[str, int]] = set()

    def take(self, table: str, row: Row) -> None:
        self._require_fit(table, row)
        if self._stays_behind(table, row):
            return
        if table == "candidates":
            _require_sound(row)
        number = self._insert(table, self._renumbered(table, row))
        if table in self._numbered:
            self._numbers[table, row["id"]] = number
        self._count(table, row)

    def _require_fit(self, table: str, row: Row) -> None:
        """SQLite would take a text for a number; NULL is left to the table's own rules."""
        columns = self._columns[table]
        if row.keys() != columns.keys():
            odd = sorted(row.keys() ^ columns.keys())
            raise CannotImport(
                f"a row of {table} has other columns than expected: {cut(str(odd), 200)}"
            )
        for column, kind in columns.items():
            value = row[column]
            wanted = (int, float) if kind is float else kind
            if value is not None and not isinstance(value, wanted):
                raise CannotImport(f"{table}.{column} is {shown(value)}: expected {kind.__name__}")

    def _stays_behind(self, table: str, row: Row) -> bool:
        """Whether the row belongs to a campaign that the memory has already."""
        if table == "campaigns":
            behind = row["id"] in self._known
            self.taken.campaigns_known += behind
            return behind
        behind = row.get("campaign") in self._known or any(
            (other, row[column]) in self._skipped for column, other in self._names[table].items()
        )
        if behind and table in self._numbered:
            self._skipped.add((table, row["id"]))
        return behind

    def _renumbered(self, table: str, row: Row) -> dict[str, Any]:
        values = dict(row)
        values.pop("number", None)
        if table in self._numbered:
            del values["id"]
        for column, other in self._names[table].items():
            if other in self._numbered and values[column] is not None:
                values[column] = self._number(table, column, other, values[column])
        if table == "campaigns" and values["status"] == "running":
            values |= {"status": "stopped", "pid": None}  # it runs, if at all, elsewhere
        if table == "campaigns" and self.origin:
            values |= campaigns.brought(values, self.origin)
        return values

    def _number(self, table: str, column: str, other: str, old: int) -> int:
        try:
            return self._numbers[other, old]
        except (KeyError, TypeError):
            raise CannotImport(
                f"{table}.{column} names {shown(old)}, which {other} lacks"
            ) from None

    def _insert(self, table: str, values: dict[str, Any]) -> int:
        if table == "knowledge":
            sql = "SELECT coalesce(max(number), 0) + 1 FROM knowledge"
            values["number"] = self.connection.execute(sql).fetchone()[0]
        cursor = self.connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
            + (" ON CONFLICT (id) DO NOTHING" if table in ("candidates", "knowledge") else ""),
            tuple(values.values()),
        )
        if table == "candidates":
            self.taken.candidates += cursor.rowcount
        return cursor.lastrowid or 0

    def _count(self, table: str, row: Row) -> None:
        if table == "campaigns":
            self.taken.campaigns += 1
        elif table == "evaluations":
            self.taken.evaluations += 1
            self.scored.add((row["campaign"], row["candidate"], row["tier"]))


def _require_sound(row: Row) -> None:
    """A candidate's id is the hash of its program, and its blueprint can be read."""
    who = f"candidate {shown(row['id'])}"
    try:
        found = canonical_hash(row["source"] or "")
        if row["blueprint"] is not None:
            Blueprint.from_dict(from_json(row["blueprint"]))
    except SyntaxError as error:
        raise CannotImport(f"{who}: its source is not Python: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise CannotImport(f"{who}: its blueprint cannot be read: {error}") from error
    if found != row["id"]:
        raise CannotImport(f"{who}: its source is the program {found}")


def _parse(lines: Iterable[str]) -> Iterator[tuple[str, Row]]:
    """Rows from lines; raises CannotImport with the number of the line."""
    expected = {"format": "discover-memory", "version": schema.migrations()[-1][0]}
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise CannotImport(f"line {number} is not JSON: {error}") from error
        if number == 1:
            if value != expected:
                raise CannotImport(f"line 1 is not the header {json.dumps(expected)}")
            continue
        try:
            table, row = value["table"], value["row"]
            known = table in TABLES and isinstance(row, dict)
            values = {name: _from_json(v) for name, v in row.items()} if known else {}
        except (TypeError, KeyError, binascii.Error) as error:
            raise CannotImport(f"line {number} is not a row: {error}") from error
        if not known:
            raise CannotImport(f"line {number} is not a row of a table that we have")
        yield table, values
    if not number:
        raise CannotImport(f"there is no header {json.dumps(expected)}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _to_json(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _from_json(value: Any) -> Any:
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value

"""What a database file consists of, against what our migrations make.

A file may come from anywhere. A view in place of a table can make a query run for ever, and a
trigger changes what we did not ask to change, so a file with either is not opened.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..harmless import shown
from .errors import TamperedDatabase

_SHADOW = re.compile(r"_fts_(data|idx|content|docsize|config)$")
"""FTS5 makes these tables, in words that differ between its versions."""
_OWN = ("sqlite_", "_analyze_tables_")
"""Of SQLite and sqlite-utils: statistics, and the indices of keys."""
_PASSIVE = ("table", "index")
"""What does nothing that nobody asks for: others' tables may stand beside ours."""


@dataclass(frozen=True)
class Part:
    """A table, index, view or trigger, with the SQL that makes it."""

    kind: str
    name: str
    sql: str


def parts(connection: sqlite3.Connection) -> dict[str, Part]:
    """Everything that the database consists of, by name."""
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema")
    return {
        name: Part("virtual table" if _is_virtual(sql) else kind, name, _said(name, sql))
        for kind, name, sql in rows
        if not name.startswith(_OWN)
    }


def require_sound(connection: sqlite3.Connection, path: Path, migrations: tuple[str, ...]) -> None:
    """Raise TamperedDatabase where something else than `migrations` made what we would use."""
    found, expected = parts(connection), made_by(migrations)
    if found == expected:
        return
    differing = list(_differences(found, expected))
    active = [said for said, part in differing if part.kind not in _PASSIVE]
    ours = [said for said, part in differing if part.name in expected and part.kind != "index"]
    if active or ours:
        said = (active or ours)[0]
        everything = tuple(difference for difference, _ in differing)
        raise TamperedDatabase(
            f"{path} is not as Discover makes it: {said}; nothing was read from it", everything
        )


def differences(connection: sqlite3.Connection, migrations: tuple[str, ...]) -> list[str]:
    """How the database differs from what `migrations` make, also where that is harmless."""
    found = _differences(parts(connection), made_by(migrations))
    return [difference for difference, _ in found]


@cache
def made_by(migrations: tuple[str, ...]) -> dict[str, Part]:
    """What an empty database consists of after these migrations."""
    connection = sqlite3.connect(":memory:")
    try:
        for sql in migrations:
            connection.executescript(sql)
        return parts(connection)
    finally:
        connection.close()


def _differences(found: dict[str, Part], expected: dict[str, Part]) -> Iterator[tuple[str, Part]]:
    for name, part in found.items():
        ours = expected.get(name)
        if ours is None:
            yield f"the {part.kind} {shown(name)} is not one of ours", part
        elif part.kind != ours.kind:
            yield f"{name} is a {part.kind}, where a {ours.kind} is expected", part
        elif part.sql != ours.sql:
            yield f"the {part.kind} {name} is another than ours", part
    for name, part in expected.items():
        if name not in found:
            yield f"the {part.kind} {name} is missing", part


def _is_virtual(sql: str | None) -> bool:
    return re.match(r"\s*CREATE\s+VIRTUAL\b", sql or "", re.IGNORECASE) is not None


def _said(name: str, sql: str | None) -> str:
    """The SQL without its layout, and without the quotes that a renaming adds."""
    return "" if _SHADOW.search(name) else " ".join((sql or "").replace('"', "").split())

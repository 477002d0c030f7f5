"""The schema's versions: numbered migrations, applied in one transaction.

`PRAGMA application_id` says that a file is a memory of ours, `PRAGMA user_version` how
many of the migrations it has seen. `migrations/NNN_what.sql` brings a file from version
NNN - 1 to NNN.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from . import structure
from .errors import NewerDatabase, NotOurDatabase, OlderDatabase

APPLICATION_ID = 0x44495343
"""`DISC` in ASCII; the four bytes at offset 68 of the file."""


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """Every migration as (the version that it leads to, its SQL), in order."""
    folder = resources.files(__package__) / "migrations"
    files = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return tuple((int(name[:3]), (folder / name).read_text(encoding="utf-8")) for name in files)


def until(version: int) -> tuple[str, ...]:
    """The SQL of the migrations that a database of `version` has seen."""
    return tuple(sql for number, sql in migrations() if number <= version)


def version_of(connection: sqlite3.Connection) -> int:
    """How many migrations the database has seen: 0 for an empty one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def recognise(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the memory at `path`, 0 where it is still empty.

    Raises NotOurDatabase where the file holds something else, NewerDatabase, and
    TamperedDatabase where not our migrations made what it consists of.
    """
    # One statement, so one moment: another process may be filling the file just now.
    application, version, filled = connection.execute(
        "SELECT application_id, user_version, EXISTS (SELECT 1 FROM sqlite_schema)"
        " FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if application != APPLICATION_ID:
        if application or version or filled:
            raise NotOurDatabase(f"{path} is a SQLite database, but not a memory of Discover")
        return 0
    latest = migrations()[-1][0]
    if version > latest:
        raise NewerDatabase(
            f"{path} is a memory of version {version}, made by a newer Discover; "
            f"this one reads up to version {latest}: upgrade archdiscover"
        )
    structure.require_sound(connection, path, until(version))
    return version


def require_latest(connection: sqlite3.Connection, path: Path) -> None:
    """Raise OlderDatabase where the memory at `path` awaits a migration."""
    version, latest = recognise(connection, path), migrations()[-1][0]
    if version == 0:
        raise NotOurDatabase(f"{path} is empty: no campaign has written to it yet")
    if version < latest:
        raise OlderDatabase(
            f"{path} is a memory of version {version}, this Discover reads {latest}: "
            f"run `discover memory migrate --db {path}` (it keeps a backup)"
        )


def migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Bring the memory at `path` to the latest version.

    Returns the backup that was made before, or None where there was nothing to back up.
    """
    version = recognise(connection, path)
    pending = [(n, sql) for n, sql in migrations() if n > version]
    backup = back_up(connection, _backup_path(path, version)) if version and pending else None
    if pending:
        _apply(connection, pending)
    return backup


def back_up(connection: sqlite3.Connection, target: Path) -> Path:
    """Copy the database, as of now and whole, into a new file at `target`."""
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    return target


def _apply(connection: sqlite3.Connection, pending: Sequence[tuple[int, str]]) -> None:
    """All or nothing, so that nobody ever meets a file of a version in between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster between our look and our lock.
        done = version_of(connection)
        for number, sql in pending:
            if number > done:
                for statement in _statements(sql):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled back already
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """One statement at a time: `executescript` would commit before it begins."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _backup_path(path: Path, version: int) -> Path:
    first = path.with_name(f"{path.name}.v{version}.bak")
    paths = (first, *(first.with_name(f"{first.name}.{n}") for n in range(1, 1000)))
    return next(p for p in paths if not p.exists())

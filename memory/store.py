"""Opening a memory, and the transactions through which everything is written."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from . import schema
from .errors import CannotWrite, DamagedDatabase, MemoryFault, NoDatabase, one_line_errors

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another process's transaction; ours take milliseconds."""

OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING."""


class Memory:
    """An open memory: one connection, for the thread that opened it.

    What can be done with it stands in the modules of this package as functions that take
    it first. Each of them is one transaction; inside `with memory.transaction():` several
    become one.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
        self.connection = connection
        self.path = path
        self.read_only = read_only

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end, rolls back on any exception.

        Takes the write lock at once, so two campaigns on one file wait for each other
        and never fail halfway. Inside another transaction it is a part of that
        one, which can fail alone.
        """
        with one_line_errors(self.path):
            nested = self.connection.in_transaction
            self.connection.execute("SAVEPOINT inner" if nested else "BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("RELEASE inner" if nested else "COMMIT")
            except BaseException:
                # A full disk may have rolled back already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK TO inner" if nested else "ROLLBACK")
                raise

    def guarded(self) -> AbstractContextManager[None]:
        """Around direct use of the connection: its errors become one line."""
        return one_line_errors(self.path)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with one_line_errors(self.path):
            return self.connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with one_line_errors(self.path):
            found: sqlite3.Row | None = self.connection.execute(sql, parameters).fetchone()
            return found

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_memory(path: str | Path, *, create: bool = True, read_only: bool = False) -> Memory:
    """Open the memory at `path`, making or migrating it where needed.

    `create` allows a new file; `read_only` never writes, and never makes one. Raises a
    MemoryFault with one line for the user: NoDatabase, NotOurDatabase, NewerDatabase,
    OlderDatabase (read-only only), DamagedDatabase, TamperedDatabase, DatabaseBusy or
    CannotWrite.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise MemoryFault(
            f"this Python has SQLite {sqlite3.sqlite_version}: expected 3.35 or newer"
        )
    path = Path(path)
    _check_file(path, may_create=create and not read_only)
    with one_line_errors(path):
        connection = _connect(path, read_only)
        try:
            if read_only:
                connection.execute("PRAGMA query_only = ON")
                schema.require_latest(connection, path)
            else:
                _prepare_for_writing(connection, path)
        except BaseException:
            connection.close()
            raise
    return Memory(connection, path, read_only)


@contextmanager
def open_for_campaign(path: str | Path) -> Iterator[Memory]:
    """`open_memory` for who brings a campaign: where that fails, no new file is left behind."""
    new = not Path(path).exists()
    with open_memory(path) as memory:
        try:
            yield memory
        except BaseException:
            if new and not memory.row("SELECT 1 FROM campaigns"):
                _remove(memory)
            raise


def _remove(memory: Memory) -> None:
    """Remove the file, unless another process has it open too."""
    with suppress(sqlite3.OperationalError, OSError):
        memory.connection.execute("PRAGMA busy_timeout = 0")
        memory.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Refused to all but the only connection; takes the log away.
        memory.connection.execute("PRAGMA journal_mode = DELETE")
        memory.path.unlink()


def vacuum(memory: Memory) -> tuple[int, int]:
    """Give unused space back; returns the file's size in bytes before and after."""

    def size() -> int:
        memory.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return memory.path.stat().st_size

    with memory.guarded():
        before = size()
        memory.connection.execute("VACUUM")
        return before, size()


def _check_file(path: Path, may_create: bool) -> None:
    if path.is_dir():
        raise NoDatabase(f"{path} is a folder: expected a database file")
    if path.exists() and not path.is_file():  # for a pipe one would wait
        raise NoDatabase(f"{path} is no file on a disk: expected a database file")
    if not path.exists() and not may_create:
        raise NoDatabase(f"there is no memory at {path}")
    if not path.parent.is_dir():
        raise CannotWrite(f"cannot make {path}: the folder {path.parent} does not exist")
    _check_length(path)


def _check_length(path: Path) -> None:
    """Raise DamagedDatabase where the file is shorter than its header says.

    Only where no write-ahead log stands beside it: with one, a short file is mended
    by SQLite itself.
    """
    log = _log_of(path)
    if not path.exists() or (log.exists() and log.stat().st_size):
        return
    with _readable(path), path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        return
    page = int.from_bytes(header[16:18]) or 1
    expected = (65536 if page == 1 else page) * int.from_bytes(header[28:32])
    size = path.stat().st_size
    if size < expected:
        raise DamagedDatabase(
            f"{path} is damaged: {size:,} bytes, where its header says {expected:,}"
        )


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"cannot open {path}: {error.strerror}") from error


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    if read_only and not _can_read(connection):
        # In a read-only folder SQLite cannot make the log's index. With no log there,
        # nobody is writing, and the file can be read as it lies.
        connection.close()
        if _log_of(path).exists():
            raise CannotWrite(
                f"cannot read {path}: its write-ahead log needs a folder that can be written"
            )
        connection = sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _can_read(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1 FROM sqlite_schema")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            return False
        raise
    return True


def _prepare_for_writing(connection: sqlite3.Connection, path: Path) -> None:
    schema.recognise(connection, path)  # before anything touches a file that is not ours
    _use_write_ahead_log(connection)
    # With a write-ahead log this loses nothing to a killed process; a power cut may
    # take the last commits, never the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    schema.migrate(connection, path)
    # A read-only file opens without complaint: ask for the lock now, not an hour later.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch the journal's mode, which SQLite refuses at once where it should wait."""
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)

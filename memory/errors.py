"""What can go wrong with a memory, each as one line for the person who reads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .encoding import clean


class MemoryFault(Exception):
    """A memory that cannot do what was asked; the message is one line for the user."""


class NoDatabase(MemoryFault):
    """There is no file where one was expected."""


class NotOurDatabase(MemoryFault):
    """A file that is no memory of ours."""


class NewerDatabase(MemoryFault):
    """A memory made by a newer version of Discover."""


class OlderDatabase(MemoryFault):
    """A memory of an older version, opened read-only, so that it cannot be migrated."""


class DamagedDatabase(MemoryFault):
    """A memory with missing or inconsistent pages."""


class TamperedDatabase(MemoryFault):
    """A file that says it is a memory, and consists of other things than one does."""

    def __init__(self, message: str, differences: tuple[str, ...]) -> None:
        super().__init__(message)
        self.differences = differences


class DatabaseBusy(MemoryFault):
    """Another process held the write lock for longer than we wait."""


class CannotWrite(MemoryFault):
    """The disk is full, failing, or not ours to write to."""


class CampaignBusy(MemoryFault):
    """Another process runs the campaign."""


class Unreadable(MemoryFault):
    """A row that no Discover wrote: what it holds makes no sense."""


class UnknownId(MemoryFault):
    """Nothing in memory has this id or name."""


class AmbiguousId(MemoryFault):
    """More than one thing in memory has an id that begins like this."""


_KINDS: dict[str, tuple[type[MemoryFault], str]] = {
    "SQLITE_NOTADB": (NotOurDatabase, "is not a SQLite database"),
    "SQLITE_CORRUPT": (DamagedDatabase, "is damaged"),
    "SQLITE_BUSY": (DatabaseBusy, "is locked by another process"),
    "SQLITE_LOCKED": (DatabaseBusy, "is locked by another process"),
    "SQLITE_READONLY": (CannotWrite, "cannot be written"),
    "SQLITE_CANTOPEN": (CannotWrite, "cannot be opened"),
    "SQLITE_PERM": (CannotWrite, "cannot be opened"),
    "SQLITE_FULL": (CannotWrite, "cannot be written: the disk is full"),
    "SQLITE_IOERR": (CannotWrite, "cannot be read or written"),
}


@contextmanager
def one_line_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file at `path` into ours; others pass through."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Extended codes ("SQLITE_IOERR_WRITE") begin with the primary one.
        code = getattr(error, "sqlite_errorname", "")
        for primary, (kind, said) in _KINDS.items():
            if code.startswith(primary):
                raise kind(f"{path} {said} ({error})") from error
        if "decode to UTF-8" in str(error):  # Python's words: SQLite has no code for it
            raise DamagedDatabase(f"{path} is damaged ({clean(str(error))})") from error
        raise

"""Knowledge: entries from papers and notes, keyed on the problem they help with."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from dataclasses import dataclass

from .encoding import clean, to_json
from .store import Memory

ID_LENGTH = 12


@dataclass(frozen=True)
class Knowledge:
    """One entry: when you have `problem`, `idea` helps; `how` to do it, and its `limits`."""

    domain: str
    source: str
    problem: str
    idea: str
    how: str = ""
    limits: str = ""

    @property
    def id(self) -> str:
        """The hash of the entry, so that adding it twice changes nothing."""
        content = to_json(dataclasses.astuple(self))
        return hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]


def add(memory: Memory, entry: Knowledge) -> bool:
    """Store an entry; False where it is there already."""
    fields = [clean(text) for text in dataclasses.astuple(entry)]
    with memory.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO knowledge"
            " SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM knowledge"
            " WHERE true ON CONFLICT (id) DO NOTHING",
            (entry.id, *fields, time.time()),
        )
    return bool(cursor.rowcount)


def entries(memory: Memory, domain: str | None = None) -> list[Knowledge]:
    """Every entry, or those of a domain, in the order in which they were added."""
    rows = memory.rows(
        "SELECT domain, source, problem, idea, how, limits FROM knowledge"
        " WHERE domain = ? OR ? IS NULL ORDER BY number",
        (domain, domain),
    )
    return [Knowledge(**row) for row in rows]


def entry(memory: Memory, id_: str) -> Knowledge | None:
    """The entry with this id, or None."""
    row = memory.row(
        "SELECT domain, source, problem, idea, how, limits FROM knowledge WHERE id = ?", (id_,)
    )
    return Knowledge(**row) if row else None

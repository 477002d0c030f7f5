"""Finding a candidate or a campaign by the beginning of its id, or by its name."""

from __future__ import annotations

import string
from collections.abc import Sequence

from ..harmless import shown
from .encoding import clean
from .errors import AmbiguousId, UnknownId
from .store import Memory

SHOWN = 4
"""How many of several matches a message names."""


def candidate(memory: Memory, text: str) -> str:
    """The id of the candidate whose id begins with `text`, or whose name is `text`.

    An id wins over a name. Raises UnknownId or AmbiguousId.
    """
    found = _by_prefix(memory, "candidates", text, _PROPOSED) or [
        row["id"]
        for row in memory.rows(
            f"SELECT id FROM candidates WHERE name = ? AND name <> '' AND {_PROPOSED}"
            " ORDER BY id LIMIT ?",
            (clean(text), SHOWN + 1),
        )
    ]
    return _only(memory, "candidate", text, found)


def campaign(memory: Memory, text: str) -> str:
    """The id of the campaign whose id begins with `text`; "last" is the newest.

    Raises UnknownId or AmbiguousId.
    """
    if text == "last":
        rows = memory.rows("SELECT id FROM campaigns ORDER BY created DESC LIMIT 1")
        return _only(memory, "campaign", text, [row["id"] for row in rows])
    return _only(memory, "campaign", text, _by_prefix(memory, "campaigns", text))


# A merge may bring a program, as a parent, whose campaign stayed behind.
_PROPOSED = "EXISTS (SELECT 1 FROM proposals WHERE candidate = candidates.id)"


def _by_prefix(memory: Memory, table: str, prefix: str, only: str = "true") -> list[str]:
    prefix = prefix.lower()
    if not prefix or not set(prefix) <= set(string.hexdigits):
        return []
    rows = memory.rows(
        f"SELECT id FROM {table} WHERE id >= ? AND id < ? AND {only} ORDER BY id LIMIT ?",
        (prefix, prefix + "g", SHOWN + 1),
    )
    return [row["id"] for row in rows]


def _only(memory: Memory, what: str, text: str, found: Sequence[str]) -> str:
    text = clean(text)
    if not found:
        raise UnknownId(f"no {what} {shown(text)} in {memory.path}")
    if len(found) > 1:
        more = ", ..." if len(found) > SHOWN else ""
        raise AmbiguousId(
            f"{shown(text)} is the beginning of several {what}s: {', '.join(found[:SHOWN])}{more}"
        )
    return found[0]

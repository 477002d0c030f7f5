"""Events: what happened in a campaign, numbered in order."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .encoding import clean, from_json, to_json
from .store import Memory

VALIDATED = "validated"
"""The kind of what a campaign says, as a `sentence`, of its best against all references."""


@dataclass(frozen=True)
class Event:
    """One thing that happened; `sequence` counts from 1 within the campaign."""

    sequence: int
    kind: str
    data: Mapping[str, Any]
    created: float


def append(memory: Memory, campaign: str, kind: str, data: Mapping[str, Any]) -> int:
    """Store an event; returns its sequence. Raises ValueError for a NaN or an infinity."""
    with memory.transaction() as connection:
        sequence: int = connection.execute(
            "INSERT INTO events SELECT ?, coalesce(max(sequence), 0) + 1, ?, ?, ?"
            " FROM events WHERE campaign = ? RETURNING sequence",
            (campaign, clean(kind), to_json(dict(data)), time.time(), campaign),
        ).fetchone()[0]
    return sequence


def read(memory: Memory, campaign: str, *, kind: str | None = None, limit: int = -1) -> list[Event]:
    """The campaign's events, oldest first; a negative `limit` is none."""
    rows = memory.rows(
        "SELECT * FROM events WHERE campaign = ? AND (kind = ? OR ? IS NULL)"
        " ORDER BY sequence LIMIT ?",
        (campaign, kind, kind, limit),
    )
    return [Event(r["sequence"], r["kind"], from_json(r["data"]), r["created"]) for r in rows]


def names_at_begin(memory: Memory, campaign: str, what: str) -> list[str]:
    """What the campaign said of its domain when it began: `descriptors` or `ranking` (the tiers
    that rank, cheap to dear). Empty where it did not say."""
    begun = read(memory, campaign, kind="begun", limit=1)
    named = begun[0].data.get(what) if begun else None
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []

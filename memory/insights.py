"""Insights: what was concluded from evaluations, about a candidate or a whole campaign."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from .encoding import clean
from .store import Memory


@dataclass(frozen=True)
class Insight:
    """A conclusion; `id` is what authors cite it by. `kind` is such as lesson or warning."""

    campaign: str
    text: str
    kind: str = "lesson"
    author: str = "critic"
    candidate: str | None = None
    evaluation: int | None = None
    id: int | None = None


def add(memory: Memory, insight: Insight) -> int:
    """Store an insight; returns its id."""
    with memory.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO insights (campaign, candidate, evaluation, kind, text, author, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                insight.campaign,
                insight.candidate,
                insight.evaluation,
                clean(insight.kind),
                clean(insight.text),
                clean(insight.author),
                time.time(),
            ),
        )
    return int(cursor.lastrowid or 0)


def of_candidate(memory: Memory, candidate: str) -> list[Insight]:
    """What was concluded about the candidate, in order."""
    rows = memory.rows("SELECT * FROM insights WHERE candidate = ? ORDER BY id", (candidate,))
    return [_insight(row) for row in rows]


def of_campaign(memory: Memory, campaign: str) -> list[Insight]:
    """What the campaign concluded, in order."""
    rows = memory.rows("SELECT * FROM insights WHERE campaign = ? ORDER BY id", (campaign,))
    return [_insight(row) for row in rows]


def _insight(row: sqlite3.Row) -> Insight:
    values = dict(row)
    del values["created"]
    return Insight(**values)

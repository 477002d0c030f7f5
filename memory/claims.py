"""Claims: what was shown about a candidate against a reference."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from .encoding import clean, from_json, to_json
from .store import Memory


@dataclass(frozen=True)
class Claim:
    """A paired comparison; `difference` is signed so that positive is better.

    `looks` is how many comparisons the interval allows for. `reference` is the name in
    the domain, `reference_id` the candidate behind it.
    """

    campaign: str
    candidate: str
    reference: str
    reference_id: str | None
    tier: str
    seeds: tuple[int, ...]
    difference: float
    low: float
    high: float
    confidence: float
    looks: int
    statement: str
    holds: bool


def add(memory: Memory, claim: Claim) -> int:
    """Store a claim; returns its id."""
    with memory.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO claims (campaign, candidate, reference, reference_id, tier, seeds,"
            " difference, low, high, confidence, looks, statement, holds, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                claim.campaign,
                claim.candidate,
                clean(claim.reference),
                claim.reference_id,
                claim.tier,
                to_json(claim.seeds),
                claim.difference,
                claim.low,
                claim.high,
                claim.confidence,
                claim.looks,
                clean(claim.statement),
                claim.holds,
                time.time(),
            ),
        )
    return int(cursor.lastrowid or 0)


def of_campaign(memory: Memory, campaign: str) -> list[Claim]:
    """The campaign's claims, in order."""
    rows = memory.rows("SELECT * FROM claims WHERE campaign = ? ORDER BY id", (campaign,))
    return [_claim(row) for row in rows]


def latest(memory: Memory, limit: int, offset: int = 0) -> list[Claim]:
    """The newest claims of all campaigns, newest first."""
    rows = memory.rows("SELECT * FROM claims ORDER BY id DESC LIMIT ? OFFSET ?", (limit, offset))
    return [_claim(row) for row in rows]


def of_candidate(memory: Memory, candidate: str) -> list[Claim]:
    """What every campaign claimed about the candidate, in order."""
    rows = memory.rows("SELECT * FROM claims WHERE candidate = ? ORDER BY id", (candidate,))
    return [_claim(row) for row in rows]


def _claim(row: sqlite3.Row) -> Claim:
    values = {key: row[key] for key in row.keys() if key not in ("id", "created")}  # noqa: SIM118
    values["seeds"] = tuple(from_json(values["seeds"]))
    values["holds"] = bool(values["holds"])
    return Claim(**values)

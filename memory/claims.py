"""Claims: what was shown about a candidate against a reference."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from . import campaigns
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


@dataclass(frozen=True)
class Judged:
    """A claim with what is to be thought of it today; `stands` where it is the last word."""

    claim: Claim
    verdict: str
    stands: bool

    @property
    def holds(self) -> bool:
        return self.claim.holds and self.stands


def judged(memory: Memory, found: Sequence[Claim]) -> list[Judged]:
    """Each claim with its verdict, in the same order.

    Of several looks at one comparison the latest stands: its interval allows for all of them.
    What came with another memory, or meant another definition of the domain, does not, and says
    nothing about ours.
    """
    current = campaigns.comparable(memory)
    last = {
        _comparison(claim): claim
        for candidate in dict.fromkeys(claim.candidate for claim in found)
        for claim in of_candidate(memory, candidate)
        if claim.campaign in current
    }
    return [_judged(memory, claim, current, last.get(_comparison(claim))) for claim in found]


def _comparison(claim: Claim) -> tuple[str, str, str]:
    return claim.candidate, claim.reference, claim.tier


def _judged(memory: Memory, claim: Claim, current: frozenset[str], last: Claim | None) -> Judged:
    said = "holds" if claim.holds else "not shown"
    if origin := campaigns.get(memory, claim.campaign).origin:
        return Judged(claim, f"{said}, measured elsewhere ({origin})", False)
    if claim.campaign not in current:
        return Judged(claim, f"{said} then, by an earlier definition of the domain", False)
    if claim != last:
        return Judged(claim, f"{said} then, looked at again since", False)
    return Judged(claim, said, True)


def _claim(row: sqlite3.Row) -> Claim:
    values = {key: row[key] for key in row.keys() if key not in ("id", "created")}  # noqa: SIM118
    values["seeds"] = tuple(from_json(values["seeds"]))
    values["holds"] = bool(values["holds"])
    return Claim(**values)

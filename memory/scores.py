"""A campaign's scores: which tier ranks, how they came in, what the references reached."""

from __future__ import annotations

import sqlite3
from statistics import median

from . import events
from .store import Memory


def main_tier(memory: Memory, campaign: str) -> str:
    """The tier at which the search scored most of its runs; empty before the first.

    One that only rejects counts where nothing was scored at those that rank.
    """
    rows = memory.rows(
        "SELECT tier FROM evaluations WHERE campaign = ? AND score IS NOT NULL"
        " GROUP BY tier ORDER BY sum(purpose = 'search') DESC, count(*) DESC",
        (campaign,),
    )
    tiers = [row["tier"] for row in rows]
    ranking = events.names_at_begin(memory, campaign, "ranking")
    return next((tier for tier in tiers if tier in ranking), tiers[0] if tiers else "")


def searched(memory: Memory, campaign: str, tier: str) -> list[sqlite3.Row]:
    """The search's scored runs at a tier, in the order of ending: candidate, seed, score."""
    return memory.rows(
        "SELECT candidate, seed, score FROM evaluations"
        " WHERE campaign = ? AND tier = ? AND purpose = 'search' AND score IS NOT NULL"
        " ORDER BY id",
        (campaign, tier),
    )


def references(memory: Memory, campaign: str, tier: str) -> dict[str, float]:
    """The median score of every reference at a tier, by name."""
    found: dict[str, list[float]] = {}
    rows = memory.rows(
        "SELECT c.name, c.id, e.score FROM evaluations e JOIN candidates c ON c.id = e.candidate"
        " JOIN proposals p ON p.campaign = e.campaign AND p.candidate = e.candidate"
        " WHERE e.campaign = ? AND e.tier = ? AND p.author = 'reference'"
        " AND e.score IS NOT NULL",
        (campaign, tier),
    )
    for row in rows:
        found.setdefault(row["name"] or row["id"], []).append(row["score"])
    return {name: median(scores) for name, scores in found.items()}

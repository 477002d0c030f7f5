"""Standings: how candidates rank at a tier, by the median over seeds.

Runs count together only where they were judged by the same definition of the domain.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from statistics import median

from . import campaigns, events
from .store import Memory


@dataclass(frozen=True)
class Standing:
    """A candidate's score at one tier: the median, lowest and highest over its runs."""

    candidate: str
    domain: str
    definition: str
    tier: str
    objective: str
    median: float
    low: float
    high: float
    seeds: int
    runs: int


def best(
    memory: Memory, domain: str, tier: str, *, limit: int = 10, min_seeds: int = 1
) -> list[Standing]:
    """The best candidates of a domain at a tier, best first.

    By the definition, objective and direction of the domain's latest campaign; ties go
    to the candidate with more seeds, then to the smaller id.
    """
    latest = campaigns.latest(memory, domain)
    if latest is None:
        return []
    order = "DESC" if latest.sign > 0 else "ASC"
    rows = memory.rows(
        "SELECT * FROM standings WHERE domain = ? AND definition = ? AND tier = ?"
        " AND objective = ? AND seeds >= ?"
        f" ORDER BY median {order}, seeds DESC, candidate LIMIT ?",
        (domain, latest.definition, tier, latest.objective, min_seeds, limit),
    )
    return [Standing(**row) for row in rows]


def standings_of(memory: Memory, candidate: str) -> list[Standing]:
    """The candidate's standings at every tier where it has a score.

    By the definition of its domain's latest campaign; what others gave counts no more.
    """
    rows = memory.rows("SELECT * FROM standings WHERE candidate = ?", (candidate,))
    found = (Standing(**row) for row in rows)
    return [s for s in found if s.definition == _current(memory, s.domain)]


def places(memory: Memory) -> list[tuple[str, str]]:
    """Every (domain, tier) in which something has a score by the latest definition."""
    rows = memory.rows(
        "SELECT DISTINCT domain, definition, tier FROM standings ORDER BY domain, tier"
    )
    current = {domain: _current(memory, domain) for domain, _, _ in rows}
    return [(domain, tier) for domain, definition, tier in rows if definition == current[domain]]


def ranked(memory: Memory) -> list[tuple[str, str]]:
    """Those of `places` whose scores rank, the dearest tier of each domain first.

    All of a domain whose campaign did not say which tiers rank.
    """
    found = places(memory)
    ranking = {domain: _ranking(memory, domain) for domain, _ in found}
    kept = [(d, t) for d, t in found if t in ranking[d] or not ranking[d]]
    return sorted(kept, key=lambda place: (place[0], -_rank(ranking[place[0]], place[1])))


def _ranking(memory: Memory, domain: str) -> list[str]:
    latest = campaigns.latest(memory, domain)
    return events.names_at_begin(memory, latest.id, "ranking") if latest else []


def _rank(ranking: list[str], tier: str) -> int:
    return ranking.index(tier) if tier in ranking else 0


def _current(memory: Memory, domain: str) -> str:
    latest = campaigns.latest(memory, domain)
    return latest.definition if latest else ""


def refresh(connection: sqlite3.Connection, campaign: str, candidate: str, tier: str) -> None:
    """Bring one standing in step, inside the transaction that changed an evaluation."""
    domain, definition, objective = connection.execute(
        "SELECT domain, definition, objective FROM campaigns WHERE id = ?", (campaign,)
    ).fetchone()
    runs = connection.execute(
        "SELECT e.seed, e.score FROM evaluations e JOIN campaigns c ON c.id = e.campaign"
        " WHERE e.candidate = ? AND e.tier = ? AND e.score IS NOT NULL"
        " AND c.domain = ? AND c.definition = ? AND c.objective = ?",
        (candidate, tier, domain, definition, objective),
    ).fetchall()
    scores = [score for _, score in runs]
    if not scores:
        return
    connection.execute(
        "INSERT OR REPLACE INTO standings"
        " (domain, definition, tier, objective, candidate, median, low, high, seeds, runs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            domain,
            definition,
            tier,
            objective,
            candidate,
            median(scores),
            min(scores),
            max(scores),
            len({seed for seed, _ in runs}),
            len(runs),
        ),
    )

"""Standings: how candidates rank at a tier, by the median over seeds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from statistics import median

from .store import Memory


@dataclass(frozen=True)
class Standing:
    """A candidate's score at one tier: the median, lowest and highest over its runs."""

    candidate: str
    domain: str
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

    By the objective and direction of the domain's latest campaign; ties go to the
    candidate with more seeds, then to the smaller id.
    """
    goal = memory.row(
        "SELECT objective, direction FROM campaigns WHERE domain = ? ORDER BY created DESC LIMIT 1",
        (domain,),
    )
    if goal is None:
        return []
    order = "DESC" if goal["direction"] == "max" else "ASC"
    rows = memory.rows(
        "SELECT * FROM standings WHERE domain = ? AND tier = ? AND objective = ? AND seeds >= ?"
        f" ORDER BY median {order}, seeds DESC, candidate LIMIT ?",
        (domain, tier, goal["objective"], min_seeds, limit),
    )
    return [Standing(**row) for row in rows]


def standings_of(memory: Memory, candidate: str) -> list[Standing]:
    """The candidate's standings at every tier where it has a score."""
    rows = memory.rows("SELECT * FROM standings WHERE candidate = ?", (candidate,))
    return [Standing(**row) for row in rows]


def ranked(memory: Memory) -> list[tuple[str, str]]:
    """Every (domain, tier) in which something has a score."""
    rows = memory.rows("SELECT DISTINCT domain, tier FROM standings ORDER BY domain, tier")
    return [(row["domain"], row["tier"]) for row in rows]


def refresh(connection: sqlite3.Connection, campaign: str, candidate: str, tier: str) -> None:
    """Bring one standing in step, inside the transaction that changed an evaluation."""
    domain, objective = connection.execute(
        "SELECT domain, objective FROM campaigns WHERE id = ?", (campaign,)
    ).fetchone()
    runs = connection.execute(
        "SELECT e.seed, e.score FROM evaluations e JOIN campaigns c ON c.id = e.campaign"
        " WHERE e.candidate = ? AND e.tier = ? AND e.score IS NOT NULL"
        " AND c.domain = ? AND c.objective = ?",
        (candidate, tier, domain, objective),
    ).fetchall()
    scores = [score for _, score in runs]
    if not scores:
        return
    connection.execute(
        "INSERT OR REPLACE INTO standings"
        " (domain, tier, objective, candidate, median, low, high, seeds, runs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            domain,
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

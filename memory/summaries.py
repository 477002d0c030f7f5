"""Summaries: what a campaign came to, in a few figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import campaigns, claims, ledger
from .campaigns import Campaign
from .store import Memory


@dataclass(frozen=True)
class Peak:
    """The best that a campaign found at one tier, by the median over all its runs."""

    tier: str
    candidate: str
    score: float
    seeds: int


@dataclass(frozen=True)
class Summary:
    """A campaign's counts: candidates proposed, and ended runs by tier and status.

    `shipped` counts results that came with the domain: nobody ran them here. Of the claims those
    are held that hold today.
    """

    campaign: Campaign
    alive: bool
    candidates: int
    runs: Mapping[str, Mapping[str, int]]
    shipped: int
    peaks: tuple[Peak, ...]
    claims: int
    claims_held: int
    in_flight: int
    spent: Mapping[str, float]


def summarise(memory: Memory, id_: str) -> Summary:
    """The figures of one campaign; raises UnknownId."""
    campaign = campaigns.get(memory, id_)
    claimed = claims.judged(memory, claims.of_campaign(memory, id_))
    return Summary(
        campaign=campaign,
        alive=campaigns.is_alive(campaign),
        candidates=_count(memory, "proposals", id_),
        runs=_runs(memory, id_),
        shipped=_count(memory, "evaluations", id_, "NOT charged"),
        peaks=_peaks(memory, campaign),
        claims=len(claimed),
        claims_held=sum(judged.holds for judged in claimed),
        in_flight=_count(memory, "in_flight", id_),
        spent=ledger.spent(memory, id_),
    )


def totals(memory: Memory) -> dict[str, int]:
    """How many rows every table has that a person would count; shipped results are apart."""
    counted = {
        "campaigns": "campaigns",
        "candidates": "candidates",
        "evaluations": "evaluations",
        "shipped_results": "evaluations WHERE NOT charged",
        "insights": "insights",
        "knowledge": "knowledge",
        "llm_calls": "llm_calls",
        "claims": "claims",
    }
    found = {}
    for what, rows in counted.items():
        row = memory.row(f"SELECT count(*) AS n FROM {rows}")
        found[what] = row["n"] if row else 0
    # Counting these directly would read every run; the others have an index.
    found["evaluations"] -= found["shipped_results"]
    return found


def _count(memory: Memory, table: str, campaign: str, only: str = "true") -> int:
    row = memory.row(
        f"SELECT count(*) AS n FROM {table} WHERE campaign = ? AND {only}", (campaign,)
    )
    return row["n"] if row else 0


def _runs(memory: Memory, campaign: str) -> dict[str, dict[str, int]]:
    runs: dict[str, dict[str, int]] = {}
    for row in memory.rows(
        "SELECT tier, status, count(*) AS n FROM evaluations WHERE campaign = ? AND charged"
        " GROUP BY tier, status ORDER BY min(id)",
        (campaign,),
    ):
        runs.setdefault(row["tier"], {})[row["status"]] = row["n"]
    return runs


def _peaks(memory: Memory, campaign: Campaign) -> tuple[Peak, ...]:
    best = "max" if campaign.sign > 0 else "min"
    rows = memory.rows(
        # SQLite takes the other columns from the row that holds the maximum or minimum.
        f"SELECT s.tier, s.candidate, {best}(s.median) AS score, s.seeds"
        # CROSS JOIN begins with the few proposals of this campaign, not with every standing.
        " FROM proposals p CROSS JOIN standings s ON s.candidate = p.candidate"
        " WHERE p.campaign = ? AND s.domain = ? AND s.definition = ? AND s.objective = ?"
        " AND p.author <> 'reference' GROUP BY s.tier ORDER BY s.tier",
        (campaign.id, campaign.domain, campaign.definition, campaign.objective),
    )
    return tuple(Peak(*row) for row in rows)

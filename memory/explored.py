"""What a campaign, or a whole domain, has explored: its candidates as named clusters."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..harmless import shown
from . import campaigns, events
from .campaigns import Campaign
from .clusters import Cluster, Tried, cluster, key_terms
from .describing import built, productions, read_out
from .errors import UnknownId
from .store import Memory

MOST = 1500
"""Candidates that are looked at, so that a page comes at once: the latest."""
_DOCSTRING = re.compile(r'"""(.{1,300}?)(?:"""|\n)')


@dataclass(frozen=True)
class Explored:
    """Clusters of `shown` candidates, the latest of `total`, with scores at `tier`."""

    domain: str
    tier: str
    objective: str
    shown: int
    total: int
    clusters: tuple[Cluster, ...]


def of_campaign(memory: Memory, id_: str) -> Explored:
    """What one campaign tried; raises UnknownId."""
    return _explored(memory, campaigns.get(memory, id_), "p.campaign = ?", (id_,))


def of_domain(memory: Memory, domain: str) -> Explored:
    """What all campaigns on a domain tried; raises UnknownId."""
    latest = campaigns.latest(memory, domain)
    if latest is None:
        known = ", ".join(r["domain"] for r in memory.rows("SELECT DISTINCT domain FROM campaigns"))
        raise UnknownId(f"no campaign on {shown(domain)} in {memory.path}; there are: {known}")
    where = "p.campaign IN (SELECT id FROM campaigns WHERE domain = ?)"
    return _explored(memory, latest, where, (domain,))


def rows(explored: Explored) -> list[dict[str, object]]:
    """The clusters as rows, each after the one that it is part of; depth 0 is a theme."""
    return [row for theme in explored.clusters for row in _rows(theme, 0, ())]


def _rows(found: Cluster, depth: int, path: tuple[str, ...]) -> Iterator[dict[str, object]]:
    path = (*path, found.name)
    yield {
        "depth": depth,
        "path": " / ".join(path),
        "candidates": found.count,
        "scored": found.scored,
        "best": found.best,
        "best_score": found.best_score,
    }
    for child in found.children:
        yield from _rows(child, depth + 1, path)


def _explored(
    memory: Memory, campaign: Campaign, where: str, parameters: tuple[str, ...]
) -> Explored:
    rows = memory.rows(_LATEST.format(where=where), (*parameters, MOST))
    total = rows[0]["total"] if rows else 0
    parts = _parts(memory, rows)
    tier, scores = _scores(memory, campaign, list(parts))
    sign = campaign.sign
    tried = [
        Tried(id_, found, sign * scores[id_] if id_ in scores else None)
        for id_, found in parts.items()
    ]
    clusters = tuple(_signed(c, sign) for c in cluster(tried))
    return Explored(campaign.domain, tier, campaign.objective, len(tried), total, clusters)


_LATEST = """
    WITH every AS MATERIALIZED (
        SELECT candidate, max(id) AS last FROM proposals p WHERE {where} GROUP BY candidate)
    SELECT c.id, c.name, c.blueprint, p.idea, p.operator, (SELECT count(*) FROM every) AS total
    FROM (SELECT last FROM every ORDER BY last DESC LIMIT ?) l
    JOIN proposals p ON p.id = l.last JOIN candidates c ON c.id = p.candidate
"""


def _parts(memory: Memory, rows: Sequence[sqlite3.Row]) -> dict[str, frozenset[str]]:
    """The parts of each candidate: its blueprint's, with their parameters where all candidates
    have the same; or, where there are not two of them, the key terms of what is said of it."""
    parts = {row["id"]: productions(row["blueprint"]) for row in rows}
    if len(parts) > 1 and len(set(parts.values())) == 1 and len(parts[rows[0]["id"]]) > 1:
        parts = {row["id"]: frozenset(read_out(built(row["id"], row["blueprint"]))) for row in rows}
    docstrings = _docstrings(memory, [id_ for id_, found in parts.items() if len(found) < 2])
    texts = {
        row["id"]: " ".join([row["name"], row["operator"], row["idea"].split("\n", 1)[0],
                             *docstrings[row["id"]]])
        for row in rows
        if row["id"] in docstrings
    }  # fmt: skip
    return {**parts, **key_terms(texts)}


def _docstrings(memory: Memory, ids: Sequence[str]) -> dict[str, list[str]]:
    marks = ", ".join("?" * len(ids))
    rows = memory.rows(f"SELECT id, source FROM candidates WHERE id IN ({marks})", ids)
    return {row["id"]: _DOCSTRING.findall(row["source"]) for row in rows}


def _scores(memory: Memory, campaign: Campaign, ids: Sequence[str]) -> tuple[str, dict[str, float]]:
    """The tier at which most of the candidates have a score, and their scores there; one that
    only rejects where nothing was scored at those that rank."""
    rows = memory.rows(
        "SELECT tier, candidate, median FROM standings"
        f" WHERE candidate IN ({', '.join('?' * len(ids))})"
        " AND domain = ? AND definition = ? AND objective = ? ORDER BY tier",
        (*ids, campaign.domain, campaign.definition, campaign.objective),
    )
    by_tier: dict[str, dict[str, float]] = defaultdict(dict)
    for tier, candidate, score in rows:
        by_tier[tier][candidate] = score
    ranking = events.names_at_begin(memory, campaign.id, "ranking")
    return max(
        by_tier.items(), key=lambda item: (item[0] in ranking, len(item[1])), default=("", {})
    )


def _signed(found: Cluster, sign: float) -> Cluster:
    children = tuple(_signed(child, sign) for child in found.children)
    score = None if found.best_score is None else sign * found.best_score
    return replace(found, best_score=score, children=children)

"""What the agents look up in memory."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..memory import Memory, standings
from ..space import Candidate

REACH = 1000
"""How many of the latest ideas and insights are searched: a look stays at a few
milliseconds however long a memory grows."""


@dataclass(frozen=True)
class Note:
    """A text with the mark by which it is cited: i12 an insight, k3fa0 an entry of the
    knowledge base, anything else a candidate."""

    id: str
    text: str


def results(memory: Memory, candidate: str) -> str:
    """What the runs of a candidate showed, in one line a tier."""
    rows = memory.rows(
        "SELECT tier, status, reason, score FROM evaluations WHERE candidate = ? ORDER BY id",
        (candidate,),
    )
    scores: dict[str, list[float]] = {}
    faults = {}
    for row in rows:
        if row["score"] is not None:
            scores.setdefault(row["tier"], []).append(row["score"])
        elif row["status"] != "ok":
            faults[row["tier"]] = f"{row['tier']}: {row['status']}: {_short(row['reason'])}"
    lines = [
        f"{tier}: score {median(found):.5g}"
        + (f" (median of {len(found)} runs)" * (len(found) > 1))
        for tier, found in scores.items()
    ]
    return "\n".join([*lines, *faults.values()]) or "not run yet"


def failures(memory: Memory, campaign: str, limit: int) -> list[Note]:
    """What failed or was rejected in the campaign, latest first."""
    rows = memory.rows(
        "SELECT e.candidate, e.tier, e.reason, p.idea FROM evaluations e"
        " JOIN proposals p ON p.campaign = e.campaign AND p.candidate = e.candidate"
        " WHERE e.campaign = ? AND e.status <> 'ok' ORDER BY e.id DESC LIMIT ?",
        (campaign, limit),
    )
    return [
        Note(r["candidate"], f"{first_line(r['idea'])}\n{r['tier']}: {_short(r['reason'])}")
        for r in rows
    ]


def insights(memory: Memory, domain: str, words: str, limit: int) -> list[Note]:
    """Insights of the domain's campaigns that match `words` best, among the latest."""
    rows = memory.rows(
        "SELECT i.id, i.text FROM insights_fts f JOIN insights i ON i.id = f.rowid"
        " JOIN campaigns c ON c.id = i.campaign"
        " WHERE insights_fts MATCH ? AND f.rowid > (SELECT max(id) - ? FROM insights)"
        "  AND c.domain = ? ORDER BY f.rank LIMIT ?",
        (_any_of(words), REACH, domain, limit),
    )
    return [Note(f"i{row['id']}", row["text"]) for row in rows]


def knowledge(memory: Memory, domain: str, words: str, limit: int) -> list[Note]:
    """Entries of the knowledge base for the domain that match `words` best."""
    rows = memory.rows(
        "SELECT k.* FROM knowledge_fts f JOIN knowledge k ON k.number = f.rowid"
        " WHERE knowledge_fts MATCH ? AND k.domain = ? ORDER BY f.rank LIMIT ?",
        (_any_of(words), domain, limit),
    )
    found = []
    for row in rows:
        parts = (f"{name}: {row[name]}" for name in ("problem", "idea", "how", "limits"))
        found.append(Note(f"k{row['id']}", "\n".join([*parts, f"source: {row['source']}"])))
    return found


def ideas_like(memory: Memory, domain: str, idea: str, limit: int) -> list[Note]:
    """What was proposed in the domain lately, closest in words first, each program once."""
    rows = memory.rows(
        "SELECT p.candidate, p.idea FROM proposals_fts f JOIN proposals p ON p.id = f.rowid"
        " JOIN campaigns c ON c.id = p.campaign"
        " WHERE proposals_fts MATCH ? AND f.rowid > (SELECT max(id) - ? FROM proposals)"
        "  AND c.domain = ? ORDER BY f.rank LIMIT ?",
        (_any_of(idea), REACH, domain, 2 * limit),
    )
    found: dict[str, Note] = {}
    for row in rows:
        found.setdefault(row["candidate"], Note(row["candidate"], first_line(row["idea"])))
    return list(found.values())[:limit]


def best(memory: Memory, domain: str, tiers: Sequence[str], limit: int) -> list[str]:
    """The leading candidates of the highest of `tiers` (cheap to dear) that has any."""
    for tier in reversed(tiers):
        found = standings.best(memory, domain, tier, limit=limit)
        if found:
            return [standing.candidate for standing in found]
    return []


def children(memory: Memory, parent: str, but: str | None, limit: int) -> list[str]:
    """Other candidates made from `parent`, the latest first."""
    rows = memory.rows(
        "SELECT DISTINCT p.candidate FROM parents JOIN proposals p ON p.id = proposal"
        " WHERE parent = ? AND p.candidate <> ? ORDER BY p.id DESC LIMIT ?",
        (parent, but or "", limit),
    )
    return [row["candidate"] for row in rows]


def first_line(idea: str) -> str:
    """The idea itself, of what is kept with a candidate."""
    return idea.split("\n", 1)[0]


def headline(candidate: Candidate) -> str:
    """A candidate in one line."""
    return first_line(candidate.idea) or candidate.name or candidate.operator


def _any_of(text: str) -> str:
    """A query that any word of `text` matches; FTS5's own language has no meaning in it."""
    return " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text.replace("_", " "))) or '""'


def _short(reason: str, most: int = 300) -> str:
    reason = " ".join(reason.split())
    return reason if len(reason) <= most else reason[:most] + "..."

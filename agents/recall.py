"""What the agents look up in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..memory import Memory, standings, text_search
from ..space import Candidate


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
    """Insights of the domain's campaigns that match `words` best."""
    found = []
    for hit in text_search.search(memory, words, kinds=("insight",), limit=4 * limit)["insight"]:
        row = memory.row(
            "SELECT i.text FROM insights i JOIN campaigns c ON c.id = i.campaign"
            " WHERE i.id = ? AND c.domain = ?",
            (hit.id, domain),
        )
        if row is not None:
            found.append(Note(f"i{hit.id}", row["text"]))
    return found[:limit]


def knowledge(memory: Memory, domain: str, words: str, limit: int) -> list[Note]:
    """Entries of the knowledge base for the domain that match `words` best."""
    found = []
    hits = text_search.search(memory, words, kinds=("knowledge",), limit=4 * limit)["knowledge"]
    for hit in hits:
        row = memory.row("SELECT * FROM knowledge WHERE id = ? AND domain = ?", (hit.id, domain))
        if row is not None:
            parts = (f"{name}: {row[name]}" for name in ("problem", "idea", "how", "limits"))
            found.append(Note(f"k{hit.id}", "\n".join([*parts, f"source: {row['source']}"])))
    return found[:limit]


def ideas_like(memory: Memory, domain: str, idea: str, limit: int) -> list[Note]:
    """What was proposed before in the domain, closest in words first."""
    found: dict[str, Note] = {}
    for hit in text_search.search(memory, idea, kinds=("idea",), limit=4 * limit)["idea"]:
        row = memory.row(
            "SELECT p.idea FROM proposals p JOIN campaigns c ON c.id = p.campaign"
            " WHERE p.candidate = ? AND c.domain = ? AND p.idea <> '' ORDER BY p.id LIMIT 1",
            (hit.id, domain),
        )
        if row is not None:
            found.setdefault(hit.id, Note(hit.id, first_line(row["idea"])))
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


def _short(reason: str, most: int = 300) -> str:
    reason = " ".join(reason.split())
    return reason if len(reason) <= most else reason[:most] + "..."

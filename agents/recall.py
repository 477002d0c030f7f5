"""What the agents look up in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..evaluators.domain import Domain, ranking_tier
from ..memory import Memory, standings
from ..memory.retrieval import Retriever
from ..space import Candidate
from .verdicts import DRAFT


def _as_now(table: str) -> str:
    """Of campaigns or standings: those of the domain as it is now, where our own campaigns say
    what that is. Scores of different definitions do not compare."""
    return (
        f"{table}.definition = (SELECT definition FROM campaigns WHERE domain = {table}.domain"
        " ORDER BY origin <> '', created DESC LIMIT 1)"
    )


@dataclass(frozen=True)
class Note:
    """A text with the mark by which it is cited: i12 an insight, k3fa0 an entry of the
    knowledge base, anything else a candidate."""

    id: str
    text: str


def results(memory: Memory, candidate: str) -> str:
    """What the runs of a candidate showed, in one line a tier."""
    rows = memory.rows(
        "SELECT e.tier, e.status, e.reason, e.score FROM evaluations e"
        f" JOIN campaigns c ON c.id = e.campaign WHERE e.candidate = ? AND {_as_now('c')}"
        " ORDER BY e.id",
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


def feedback(memory: Memory, candidate: str) -> str:
    """What the candidate's last run at each tier told of where it falls short, if anything."""
    rows = memory.rows(
        "SELECT e.tier, a.data, max(e.id) FROM artifacts a"
        " JOIN evaluations e ON e.id = a.evaluation JOIN campaigns c ON c.id = e.campaign"
        f" WHERE a.candidate = ? AND a.name = 'feedback' AND {_as_now('c')}"
        " GROUP BY e.tier ORDER BY max(e.id)",
        (candidate,),
    )
    return "\n".join(f"At {row['tier']}: {row['data'].decode()}" for row in rows)


def failures(memory: Memory, campaign: str, limit: int, but: int | None = None) -> list[Note]:
    """What failed or was rejected in the campaign, drafts included, latest first.

    Drafts of the decision `but` are left out: siblings made side by side see the same.
    """
    rows = memory.rows(
        "SELECT e.candidate, e.tier, e.reason, p.idea, e.finished AS at FROM evaluations e"
        " JOIN proposals p ON p.campaign = e.campaign AND p.candidate = e.candidate"
        " WHERE e.campaign = ? AND e.status <> 'ok'"
        " UNION ALL SELECT json_extract(data, '$.candidate'), 'gate',"
        "  json_extract(data, '$.reason'), json_extract(data, '$.idea'), created"
        " FROM events WHERE campaign = ? AND kind = ? AND json_extract(data, '$.status') <> 'ok'"
        "  AND (? IS NULL OR json_extract(data, '$.decision') IS NOT ?)"
        " ORDER BY at DESC LIMIT ?",
        (campaign, campaign, DRAFT, but, but, limit),
    )
    return [
        Note(r["candidate"], f"{first_line(r['idea'])}\n{r['tier']}: {_short(r['reason'])}")
        for r in rows
    ]


def insights(retriever: Retriever, domain: str, words: str, limit: int) -> list[Note]:
    """What was learnt in the domain's campaigns that fits `words` best."""
    hits = retriever.search(words, kinds=("insight",), domain=domain, limit=limit, diversity=0)
    return [Note(f"i{hit.id}", hit.text) for hit in hits]


def knowledge(retriever: Retriever, domain: str, words: str, limit: int) -> list[Note]:
    """Entries of the knowledge base for the domain that fit `words` best."""
    found = []
    kinds = ("knowledge",)
    for hit in retriever.search(words, kinds=kinds, domain=domain, limit=limit, diversity=0):
        row = retriever.memory.row("SELECT * FROM knowledge WHERE id = ?", (hit.id,))
        if row is not None:
            parts = (f"{name}: {row[name]}" for name in ("problem", "idea", "how", "limits"))
            found.append(Note(f"k{hit.id}", "\n".join([*parts, f"source: {row['source']}"])))
    return found


def ideas_like(retriever: Retriever, domain: str, idea: str, limit: int) -> list[Note]:
    """The programs proposed in the domain whose idea is most like `idea`."""
    hits = retriever.search(idea, kinds=("idea",), domain=domain, limit=limit, diversity=0)
    return [Note(hit.id, first_line(hit.text)) for hit in hits if hit.text]


def strongest_children(memory: Memory, domain: Domain, parent: str, limit: int) -> list[str]:
    """The best candidates made from `parent`, at the tier that ranks first."""
    objective, tier = domain.objectives[0], ranking_tier(domain.tiers).name
    order = "DESC" if objective.sign > 0 else "ASC"
    rows = memory.rows(
        "SELECT DISTINCT p.candidate, s.median FROM parents JOIN proposals p ON p.id = proposal"
        " JOIN standings s ON s.candidate = p.candidate"
        " WHERE parent = ? AND s.domain = ? AND s.tier = ? AND s.objective = ?"
        f" AND {_as_now('s')} ORDER BY s.median {order}, p.candidate LIMIT ?",
        (parent, domain.name, tier, objective.name, limit),
    )
    return [row["candidate"] for row in rows]


def descent(memory: Memory, domain: Domain, parent: str) -> str:
    """What was made from a program so far, a line for each operator and level: how many, how
    many of them scored better at the tier that ranks first, and the best difference."""
    objective, tier = domain.objectives[0], ranking_tier(domain.tiers).name
    rows = memory.rows(
        "SELECT DISTINCT p.candidate, p.operator, p.level, c.median - s.median AS gain"
        " FROM parents JOIN proposals p ON p.id = proposal"
        " JOIN standings s ON s.candidate = parent"
        " LEFT JOIN standings c ON c.candidate = p.candidate AND c.domain = s.domain"
        "  AND c.definition = s.definition AND c.tier = s.tier AND c.objective = s.objective"
        " WHERE parent = ? AND position = 0 AND s.domain = ? AND s.tier = ? AND s.objective = ?"
        f" AND {_as_now('s')}",
        (parent, domain.name, tier, objective.name),
    )
    sign = objective.sign
    gains: dict[str, list[float | None]] = {}
    for row in rows:
        done = f"{row['operator']} at {row['level']}" if row["level"] else row["operator"]
        gains.setdefault(done, []).append(row["gain"])
    return "\n".join(_balance(done, found, sign) for done, found in sorted(gains.items()))


def _balance(done: str, gains: Sequence[float | None], sign: int) -> str:
    scored = [gain for gain in gains if gain is not None]
    line = f"{done}: {len(gains)} tried, {sum(sign * gain > 0 for gain in scored)} better"
    return f"{line}, best {max(scored, key=lambda g: sign * g):+.4g}" if scored else line


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

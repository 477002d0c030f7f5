"""Which entries of the knowledge base led to gains.

An agent cites what it drew upon: a line of a candidate's idea says `Cites: k3fa0..., i12`.
What came of an entry is what came of the candidates that cite it, against their parents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import fmean

from ..space import Candidate
from .knowledge import Knowledge, entry
from .store import Memory

_CITES = re.compile(r"^Cites: (.+)$", re.MULTILINE)
_MARK = re.compile(r"\bk([0-9a-f]{12})\b")
MOST = 2000
"""Candidates that are looked at for one entry: the latest."""


@dataclass(frozen=True)
class Gain:
    """What came of an entry: how many candidates cite it, how many of those stand beside a
    scored parent, how many beat it, and by how much in the mean and at best.

    Differences are at the tier at which child and parent both have a score, signed so that
    positive is better, and None where nothing can be compared. No claim: seeds differ.
    """

    cited: int = 0
    compared: int = 0
    better: int = 0
    mean: float | None = None
    best: float | None = None
    best_candidate: str | None = None


def marks(idea: str) -> list[str]:
    """The ids of the entries that an idea cites."""
    cited = " ".join(_CITES.findall(idea))
    return list(dict.fromkeys(_MARK.findall(cited)))


def cited_by(memory: Memory, candidate: Candidate) -> list[tuple[str, Knowledge]]:
    """The entries that a candidate's idea cites, each with its id."""
    found = ((id_, entry(memory, id_)) for id_ in marks(candidate.idea))
    return [(id_, known) for id_, known in found if known is not None]


def of_entry(memory: Memory, id_: str) -> Gain:
    """What came of the entry with this id, over all campaigns that were run here."""
    rows = memory.rows(_CITING, (f'"k{id_}"', MOST))
    citing = [row for row in rows if id_ in marks(row["idea"])]
    # Of several tiers the one with most seeds comes last, and stays.
    found = {
        row["proposal"]: (row["gain"], row["candidate"])
        for row in citing
        if row["gain"] is not None
    }
    cited = len({row["proposal"] for row in citing})
    if not found:
        return Gain(cited)
    best, candidate = max(found.values())
    differences = [difference for difference, _ in found.values()]
    better = sum(difference > 0 for difference in differences)
    return Gain(cited, len(found), better, fmean(differences), best, candidate)


_CITING = """
    WITH citing AS (SELECT rowid FROM proposals_fts WHERE proposals_fts MATCH ?
                    ORDER BY rowid DESC LIMIT ?)
    SELECT p.id AS proposal, p.candidate, p.idea,
           (child.median - parent.median) * CASE c.direction WHEN 'max' THEN 1 ELSE -1 END AS gain
    FROM citing JOIN proposals p ON p.id = citing.rowid
    JOIN campaigns c ON c.id = p.campaign AND c.origin = ''
    LEFT JOIN parents ON parents.proposal = p.id AND position = 0
    LEFT JOIN standings child ON child.candidate = p.candidate AND child.domain = c.domain
        AND child.definition = c.definition AND child.objective = c.objective
    LEFT JOIN standings parent ON parent.candidate = parents.parent AND parent.domain = c.domain
        AND parent.definition = c.definition AND parent.objective = c.objective
        AND parent.tier = child.tier
    ORDER BY p.id, min(child.seeds, parent.seeds), child.tier DESC
"""

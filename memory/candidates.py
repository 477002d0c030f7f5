"""Candidates, and the proposals that brought them into campaigns."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..harmless import shown
from ..space import Candidate, Level
from .describing import built
from .encoding import clean, to_json
from .errors import UnknownId
from .store import Memory


@dataclass(frozen=True)
class Proposal:
    """How a candidate came into a campaign; `candidate` carries parents, level and idea.

    `decision` is the ticket of the search's decision, None for references.
    """

    campaign: str
    candidate: Candidate
    author: str
    decision: int | None
    created: float


def propose(
    memory: Memory,
    campaign: str,
    candidate: Candidate,
    *,
    author: str,
    decision: int | None = None,
) -> bool:
    """Store a candidate and how it came into the campaign.

    Returns False, and changes nothing, where the campaign already has this program.
    Raises UnknownId where a parent is not in memory.
    """
    with memory.transaction() as connection:
        _store_program(connection, candidate)
        cursor = connection.execute(
            "INSERT INTO proposals"
            " (campaign, candidate, level, operator, idea, author, decision, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (campaign, candidate) DO NOTHING",
            (
                campaign,
                candidate.id,
                candidate.level,
                clean(candidate.operator),
                clean(candidate.idea),
                clean(author),
                decision,
                time.time(),
            ),
        )
        if not cursor.rowcount:
            return False
        for position, parent in enumerate(candidate.parents):
            if not exists(memory, parent):
                raise UnknownId(f"parent {parent} of {candidate.id} is not in {memory.path}")
            connection.execute(
                "INSERT INTO parents VALUES (?, ?, ?)", (cursor.lastrowid, position, parent)
            )
    return True


def exists(memory: Memory, id_: str) -> bool:
    """Whether any campaign in memory has the program."""
    return memory.row("SELECT 1 FROM proposals WHERE candidate = ?", (id_,)) is not None


def known(memory: Memory, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that are in memory."""
    return {id_ for id_ in ids if exists(memory, id_)}


def get(memory: Memory, id_: str, campaign: str | None = None) -> Candidate:
    """The candidate as `campaign` proposed it, or as it was proposed first.

    Raises UnknownId.
    """
    row = memory.row(
        f"{_SELECT} WHERE c.id = ? AND (p.campaign = ? OR ? IS NULL) ORDER BY p.id LIMIT 1",
        (id_, campaign, campaign),
    )
    if row is None:
        raise UnknownId(f"no candidate {shown(clean(id_))} in {memory.path}")
    return _candidate(memory, row)


def decision_of(memory: Memory, campaign: str, id_: str) -> int | None:
    """The decision that brought the candidate into the campaign; None for references."""
    row = memory.row(
        "SELECT decision FROM proposals WHERE campaign = ? AND candidate = ?", (campaign, id_)
    )
    return None if row is None else row["decision"]


def ids_of_campaign(memory: Memory, campaign: str) -> set[str]:
    """The ids of what the campaign proposed."""
    rows = memory.rows("SELECT candidate FROM proposals WHERE campaign = ?", (campaign,))
    return {row["candidate"] for row in rows}


def proposals(memory: Memory, campaign: str) -> Iterator[Proposal]:
    """What the campaign proposed, in order."""
    for row in memory.rows(f"{_SELECT} WHERE p.campaign = ? ORDER BY p.id", (campaign,)):
        yield _proposal(memory, row)


def proposals_of(memory: Memory, id_: str) -> list[Proposal]:
    """How the candidate came into every campaign that has it, in order."""
    rows = memory.rows(f"{_SELECT} WHERE p.candidate = ? ORDER BY p.id", (id_,))
    return [_proposal(memory, row) for row in rows]


_SELECT = """
    SELECT c.id, c.source, c.blueprint, c.name, p.id AS proposal, p.campaign, p.level,
           p.operator, p.idea, p.author, p.decision, p.created
    FROM candidates c JOIN proposals p ON p.candidate = c.id
"""


def _store_program(connection: sqlite3.Connection, candidate: Candidate) -> None:
    """A program that is known keeps its blueprint, unless that came with another memory alone."""
    blueprint = candidate.blueprint and to_json(candidate.blueprint.to_dict())
    connection.execute(
        "INSERT INTO candidates (id, name, source, blueprint, created) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET blueprint = excluded.blueprint"
        " WHERE excluded.blueprint IS NOT NULL AND (blueprint IS NULL OR NOT EXISTS ("
        "  SELECT 1 FROM proposals p JOIN campaigns c ON c.id = p.campaign"
        "  WHERE p.candidate = candidates.id AND c.origin = ''))",
        (candidate.id, clean(candidate.name), candidate.source, blueprint, time.time()),
    )


def _candidate(memory: Memory, row: sqlite3.Row) -> Candidate:
    parents = memory.rows(
        "SELECT parent FROM parents WHERE proposal = ? ORDER BY position", (row["proposal"],)
    )
    return Candidate(
        id=row["id"],
        source=row["source"],
        blueprint=built(row["id"], row["blueprint"]) if row["blueprint"] else None,
        parents=tuple(parent["parent"] for parent in parents),
        level=Level(row["level"]) if row["level"] else None,
        operator=row["operator"],
        idea=row["idea"],
        name=row["name"],
    )


def _proposal(memory: Memory, row: sqlite3.Row) -> Proposal:
    return Proposal(
        row["campaign"], _candidate(memory, row), row["author"], row["decision"], row["created"]
    )

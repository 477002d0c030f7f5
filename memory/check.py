"""Is this memory sound? SQLite's own checks, and ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ..space import GATE
from . import schema, structure
from .misfits import misfits, orphans
from .store import Memory

_RULES = {
    "an evaluation's charges differ from its cost": f"""
        SELECT e.id FROM evaluations e
        LEFT JOIN ledger d ON d.evaluation = e.id AND d.unit = 'device_s'
        LEFT JOIN ledger c ON c.evaluation = e.id AND c.unit = 'cpu_s'
        LEFT JOIN ledger n ON n.evaluation = e.id AND n.unit = 'evaluations'
        WHERE coalesce(d.amount, 0) <> e.charged * e.device_s
           OR coalesce(c.amount, 0) <> e.charged * e.cpu_s
           OR coalesce(n.amount, 0) <> e.charged * (e.tier <> '{GATE}')""",
    "a model call's charges differ from its cost": """
        SELECT k.id FROM llm_calls k
        LEFT JOIN ledger t ON t.call = k.id AND t.unit = 'tokens'
        LEFT JOIN ledger u ON u.call = k.id AND u.unit = 'usd'
        WHERE coalesce(t.amount, 0) <> k.prompt_tokens + k.completion_tokens
           OR coalesce(u.amount, 0) <> k.usd""",
    "a charge stands in another campaign than what it paid for": """
        SELECT l.id FROM ledger l
        LEFT JOIN evaluations e ON e.id = l.evaluation LEFT JOIN llm_calls k ON k.id = l.call
        WHERE l.campaign <> coalesce(e.campaign, k.campaign, l.campaign)""",
    "a run is both in flight and ended": """
        SELECT f.candidate FROM in_flight f
        JOIN evaluations e USING (campaign, candidate, tier, seed, purpose)""",
    "a scored candidate's standing is missing or counts other runs": """
        SELECT e.candidate FROM evaluations e JOIN campaigns c ON c.id = e.campaign
        LEFT JOIN standings s ON s.candidate = e.candidate AND s.tier = e.tier
            AND s.domain = c.domain AND s.definition = c.definition
            AND s.objective = c.objective
        WHERE e.score IS NOT NULL
        GROUP BY e.candidate, e.tier, c.domain, c.definition, c.objective
        HAVING coalesce(s.runs, 0) <> count(*) OR s.low <> min(e.score)
            OR s.high <> max(e.score)""",
}
_INDICES = ("candidates_fts", "proposals_fts", "insights_fts", "knowledge_fts")
SHOWN = 3


def check(memory: Memory) -> list[str]:
    """What is wrong with the memory, a line each; nothing where it is sound.

    Reads everything; text indices are checked only where the memory can be written,
    which is what FTS5's check asks for.
    """
    found = []
    try:
        for problem in _problems(memory):
            found.append(problem)
    except sqlite3.DatabaseError as error:
        found.append(f"reading stopped: {error}")
    return found


def _problems(memory: Memory) -> Iterator[str]:
    connection = memory.connection
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    if damage != ["ok"]:
        yield from damage
        yield from misfits(memory)
        return
    yield from structure.differences(connection, schema.until(schema.version_of(connection)))
    yield from orphans(memory)
    yield from misfits(memory)
    for rule, sql in _RULES.items():
        found = [str(row[0]) for row in connection.execute(sql)]
        if found:
            more = ", ..." if len(found) > SHOWN else ""
            yield f"{rule}: {len(found)} ({', '.join(found[:SHOWN])}{more})"
    if not memory.read_only:
        yield from stale_indices(memory)


def stale_indices(memory: Memory) -> list[str]:
    """Text indices that do not match their tables; only for a memory that can be written."""
    with memory.guarded():
        return [
            f"the text index {index} does not match its table"
            for index in _INDICES
            if not _in_step(memory.connection, index)
        ]


def _in_step(connection: sqlite3.Connection, index: str) -> bool:
    try:
        # Rank 1 compares the index with the text that it is made from.
        connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith("SQLITE_CORRUPT"):
            return False
        raise
    return True

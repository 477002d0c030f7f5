"""Calls of language models: what was asked, what came back, what it cost."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import ledger
from .encoding import clean, from_json, to_json
from .store import Memory


@dataclass(frozen=True)
class Call:
    """One call. `reply` is None where it failed; then `error` says how.

    `candidate` is set for the calls that a workflow makes while it is evaluated. A reply
    out of the cache costs no tokens and no money.
    """

    campaign: str
    role: str
    model: str
    request: Mapping[str, Any]
    reply: Any = None
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    wall_s: float = 0.0
    decision: int | None = None
    candidate: str | None = None


def key_of(request: Mapping[str, Any]) -> str:
    """What makes two requests the same: the hash of their JSON."""
    return hashlib.sha256(to_json(dict(request)).encode()).hexdigest()


def record(memory: Memory, call: Call) -> int:
    """Store a call with its tokens and money in one transaction; returns its id."""
    with memory.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO llm_calls (campaign, candidate, decision, role, model, key, request,"
            " reply, error, prompt_tokens, completion_tokens, usd, wall_s, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                call.campaign,
                call.candidate,
                call.decision,
                clean(call.role),
                clean(call.model),
                key_of(call.request),
                to_json(dict(call.request)),
                None if call.reply is None else to_json(call.reply),
                clean(call.error),
                call.prompt_tokens,
                call.completion_tokens,
                call.usd,
                call.wall_s,
                time.time(),
            ),
        )
        id_ = int(cursor.lastrowid or 0)
        tokens = call.prompt_tokens + call.completion_tokens
        ledger.enter(connection, call.campaign, {"tokens": tokens, "usd": call.usd}, call=id_)
    return id_


def replies(memory: Memory, request: Mapping[str, Any]) -> list[Any]:
    """What came back for the same request, in order, in all campaigns that this memory's own
    processes ran."""
    rows = memory.rows(
        "SELECT reply FROM llm_calls k JOIN campaigns c ON c.id = k.campaign"
        " WHERE k.key = ? AND reply IS NOT NULL AND c.origin = '' ORDER BY k.id",
        (key_of(request),),
    )
    return [from_json(row["reply"]) for row in rows]


def of_campaign(memory: Memory, campaign: str) -> list[Call]:
    """The campaign's calls, in order."""
    rows = memory.rows("SELECT * FROM llm_calls WHERE campaign = ? ORDER BY id", (campaign,))
    return [_call(row) for row in rows]


def _call(row: sqlite3.Row) -> Call:
    values = dict(row)
    for column in ("id", "key", "created"):
        del values[column]
    values["request"] = from_json(values["request"])
    values["reply"] = None if values["reply"] is None else from_json(values["reply"])
    return Call(**values)

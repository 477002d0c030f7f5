"""Choosing among models, or ways to code, by what they gained for their cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from ..memory import Memory

REMEMBERED = 200
"""Decisions that count; what is older says little about the designs of now."""


@dataclass(frozen=True)
class Trial:
    """One decision of an arm: whether it gained, and what its replies cost when they were
    first given: dollars, or tokens where none of them has a price."""

    arm: str
    gained: bool
    cost: float


_PROMPT = "json_extract(l.request, '$.prompt')"
_ARMS = {
    "model": "l.model",
    "template": f"substr({_PROMPT}, 1, instr({_PROMPT}, '@') - 1)",
    "advice": f"CASE WHEN {_PROMPT} LIKE 'repair@%' OR {_PROMPT} LIKE 'advise@%' THEN NULL"
    f" WHEN instr({_PROMPT}, '+') THEN substr({_PROMPT}, instr({_PROMPT}, '+') + 1) ELSE '' END",
}


def choose(arms: Sequence[str], trials: Iterable[Trial], rng: Random) -> str:
    """Thompson sampling on the chance to gain, divided by 1 + cost / mean cost.

    An arm that costs as much as the average counts half of one that is free; an arm not
    tried yet counts at the average. Raises ValueError where there is no arm.
    """
    if not arms:
        raise ValueError("nothing to choose from")
    if len(arms) == 1:
        return arms[0]
    seen = [trial for trial in trials if trial.arm in arms]
    mean = sum(t.cost for t in seen) / len(seen) if seen else 0.0
    return max(arms, key=lambda arm: _draw([t for t in seen if t.arm == arm], mean, rng))


def _draw(trials: Sequence[Trial], mean: float, rng: Random) -> float:
    gained = sum(t.gained for t in trials)
    chance = rng.betavariate(1 + gained, 1 + len(trials) - gained)
    if not mean:
        return chance
    cost = sum(t.cost for t in trials) / len(trials) if trials else mean
    return chance / (1 + cost / mean)


def trials(
    memory: Memory,
    campaign: str,
    role: str,
    before: int | None = None,
    column: str = "model",
) -> list[Trial]:
    """What the campaign's decisions before `before` show of a role's models, latest first.

    `column` is "model", "template" for what was asked in place of who, or "advice" for the
    mark of what was added to it. A decision gained where its candidate beat its first parent
    at some tier, or scored at all where it has no parent; one that led to no candidate did
    not. Those still open are left out.
    """
    arm = _ARMS[column]
    rows = memory.rows(
        f"SELECT l.decision, {arm} AS arm, max(p.candidate) AS candidate,"
        "  coalesce(sum(json_extract(l.reply, '$.usd')), 0) AS usd,"
        "  coalesce(sum(json_extract(l.reply, '$.prompt_tokens')"
        "   + json_extract(l.reply, '$.completion_tokens')), 0) AS tokens"
        " FROM llm_calls l"
        " LEFT JOIN proposals p ON p.campaign = l.campaign AND p.decision = l.decision"
        " WHERE l.campaign = ? AND l.role = ? AND l.decision < coalesce(?, l.decision + 1)"
        " GROUP BY l.decision, arm ORDER BY l.decision DESC LIMIT ?",
        (campaign, role, before, REMEMBERED),
    )
    priced = any(row["usd"] for row in rows)
    found = []
    for row in rows:
        gained = False if row["candidate"] is None else _gained(memory, campaign, row["candidate"])
        if gained is not None:
            found.append(Trial(row["arm"], gained, row["usd"] if priced else row["tokens"]))
    return found


def _gained(memory: Memory, campaign: str, candidate: str) -> bool | None:
    """Whether the candidate beat its parent; None where its runs are not over."""
    ended = memory.row(
        "SELECT max(status <> 'ok') AS failed, max(score IS NOT NULL) AS scored FROM evaluations"
        " WHERE campaign = ? AND candidate = ?",
        (campaign, candidate),
    )
    if ended is None or ended["scored"] is None:
        return None
    if not ended["scored"]:
        return False if ended["failed"] else None
    pairs = memory.rows(
        "SELECT child.median AS child, parent.median AS parent, c.direction"
        " FROM campaigns c JOIN proposals p ON p.campaign = c.id AND p.candidate = ?"
        " LEFT JOIN parents ON proposal = p.id AND position = 0"
        " JOIN standings child ON child.candidate = p.candidate AND child.domain = c.domain"
        "  AND child.definition = c.definition AND child.objective = c.objective"
        " LEFT JOIN standings parent ON parent.candidate = parents.parent"
        "  AND parent.domain = c.domain AND parent.definition = c.definition"
        "  AND parent.tier = child.tier"
        "  AND parent.objective = c.objective"
        " WHERE c.id = ?",
        (candidate, campaign),
    )
    signs = {"max": 1, "min": -1}
    return any(
        r["parent"] is None or signs[r["direction"]] * (r["child"] - r["parent"]) > 0 for r in pairs
    )

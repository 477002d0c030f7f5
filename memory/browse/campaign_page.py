"""What a campaign's pages show."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from .. import campaigns, cells, claims, evaluations, events, scores, summaries
from ..campaigns import Campaign
from ..store import Memory
from . import charts, words

SHOWN_BEST = 10
SHOWN_LOG = 30
COST = "device seconds"
"""The axis of a map that is no metric: what one run of the candidate cost."""
ONE_AXIS = "nothing more"
"""In place of the archive's second metric."""


def context(
    memory: Memory, id_: str, limits: Callable[[str], Mapping[str, float]]
) -> dict[str, Any]:
    """The live page: progress against references, budget, slots, log."""
    summary = summaries.summarise(memory, id_)
    campaign = summary.campaign
    tier = scores.main_tier(memory, id_)
    references = scores.references(memory, id_, tier)
    return {
        "title": f"{campaign.domain} {words.short(id_)}",
        "summary": summary,
        "campaign": campaign,
        "tier": tier,
        "chart": progress_chart(memory, campaign, tier, references),
        "references": sorted(references.items(), key=lambda r: -campaign.sign * r[1]),
        "best": best(memory, campaign, tier, SHOWN_BEST),
        "budget": _budget(summary.spent, limits(campaign.budget)),
        "in_flight": evaluations.in_flight(memory, id_),
        "failures": failures(memory, id_, 8),
        "claims": claims.judged(memory, claims.of_campaign(memory, id_)),
        "log": _log(memory, id_),
    }


def progress_chart(
    memory: Memory, campaign: Campaign, tier: str, references: Mapping[str, float]
) -> charts.Chart | None:
    """The search's scores as they came in."""
    marks = [
        charts.Mark(
            row["score"],
            row["candidate"],
            f"{words.short(row['candidate'])} seed {row['seed']}: {words.number(row['score'])}",
        )
        for row in scores.searched(memory, campaign.id, tier)
    ]
    return charts.progress(marks, references, campaign.direction, campaign.objective)


def best(memory: Memory, campaign: Campaign, tier: str, limit: int) -> list[sqlite3.Row]:
    """The campaign's best candidates at a tier by their standing; references left out."""
    order = "DESC" if campaign.sign > 0 else "ASC"
    return memory.rows(
        "SELECT p.candidate, c.name, p.idea, p.level, p.operator, s.median, s.low, s.high, s.seeds"
        # CROSS JOIN begins with the few proposals of this campaign.
        " FROM proposals p CROSS JOIN standings s ON s.candidate = p.candidate"
        " JOIN candidates c ON c.id = p.candidate"
        " WHERE p.campaign = ? AND p.author <> 'reference'"
        " AND s.domain = ? AND s.definition = ? AND s.tier = ? AND s.objective = ?"
        f" ORDER BY s.median {order}, s.seeds DESC, p.id LIMIT ?",
        (campaign.id, campaign.domain, campaign.definition, tier, campaign.objective, limit),
    )


def failures(memory: Memory, id_: str, limit: int) -> list[sqlite3.Row]:
    """Runs without a score, by tier, status and reason: the most frequent."""
    return memory.rows(
        "SELECT tier, status, substr(reason, 1, 200) AS why, count(*) AS n,"
        " min(candidate) AS candidate FROM evaluations WHERE campaign = ? AND status <> 'ok'"
        " GROUP BY tier, status, why ORDER BY n DESC, min(id) LIMIT ?",
        (id_, limit),
    )


def map_context(memory: Memory, id_: str, x: str, y: str) -> dict[str, Any]:
    """Candidates over any two metrics, with the ones that none beats in both."""
    campaign = campaigns.get(memory, id_)
    tier = scores.main_tier(memory, id_)
    metrics = _metrics(memory, id_, tier)
    x = x if x in metrics else COST
    y = y if y in metrics else campaign.objective
    rows = memory.rows(_POINTS, (x, y, id_, tier))
    points = [
        (r["cost"] if x == COST else r["x"], r["y"], r["candidate"], r["author"]) for r in rows
    ]
    known = [
        p for p in points if charts.finite(p[0]) is not None and charts.finite(p[1]) is not None
    ]
    sign = campaign.sign
    front = _front([(px, sign * py) for px, py, *_ in known])
    dots = [
        (px, py, "front" if n in front else "reference" if author == "reference" else "run",
         f"{words.short(who)}: {x} {words.number(px)}, {y} {words.number(py)}", f"/candidate/{who}")
        for n, (px, py, who, author) in enumerate(known)
    ]  # fmt: skip
    return {
        "title": f"Map of {id_}",
        "campaign": campaign,
        "tier": tier,
        "metrics": [COST, *metrics],
        "x": x,
        "y": y,
        "chart": charts.scatter(dots, (x, y)) if dots else None,
        "front": sorted((known[n] for n in front), key=lambda p: p[0]),
        "rows": [
            {"candidate": who, "x": px, "y": py, "author": author, "on_front": n in front}
            for n, (px, py, who, author) in enumerate(known)
        ],
    }


_POINTS = """
    SELECT e.candidate, p.author, avg(CASE WHEN e.charged THEN e.device_s END) AS cost,
           avg(mx.value) AS x, avg(my.value) AS y
    FROM evaluations e
    JOIN proposals p ON p.campaign = e.campaign AND p.candidate = e.candidate
    LEFT JOIN metrics mx ON mx.evaluation = e.id AND mx.name = ?
    LEFT JOIN metrics my ON my.evaluation = e.id AND my.name = ?
    WHERE e.campaign = ? AND e.tier = ? AND e.status = 'ok' GROUP BY e.candidate
"""


def _metrics(memory: Memory, id_: str, tier: str, *, varying: bool = False) -> list[str]:
    """What the latest runs were measured in; only what took several values, if so asked."""
    rows = memory.rows(
        "SELECT name FROM metrics WHERE evaluation IN (SELECT id FROM evaluations"
        " WHERE campaign = ? AND tier = ? AND status = 'ok' ORDER BY id DESC LIMIT 50)"
        f" GROUP BY name {'HAVING min(value) < max(value)' if varying else ''} ORDER BY name",
        (id_, tier),
    )
    return [row["name"] for row in rows]


def _front(points: list[tuple[float, float]]) -> set[int]:
    """Which points no other equals or beats in both: less of the first, more of the second."""
    front, best_y = set(), float("-inf")
    for n in sorted(range(len(points)), key=lambda n: (points[n][0], -points[n][1])):
        if points[n][1] > best_y:
            front.add(n)
            best_y = points[n][1]
    return front


def archive_context(memory: Memory, id_: str, x: str, y: str) -> dict[str, Any]:
    """The best candidate of each kind, by the domain's descriptors or two metrics of choice."""
    campaign = campaigns.get(memory, id_)
    tier = scores.main_tier(memory, id_)
    metrics = _metrics(memory, id_, tier)
    others = [name for name in metrics if name != campaign.objective]
    named = [
        name for name in events.names_at_begin(memory, id_, "descriptors") if name in metrics
    ] or others
    telling = [name for name in named if name in _metrics(memory, id_, tier, varying=True)]
    x = x if x in metrics else next(iter(telling or named), campaign.objective)
    y = y if y in metrics or y == ONE_AXIS else next((n for n in telling if n != x), ONE_AXIS)
    points = cells.points(memory, campaign, tier, x, "" if y == ONE_AXIS else y)
    grid = cells.grid(points, campaign.sign)
    return {
        "title": f"Archive of {id_}",
        "campaign": campaign,
        "tier": tier,
        "metrics": metrics,
        "x": x,
        "y": y,
        "ONE_AXIS": ONE_AXIS,
        "grid": grid,
        "cells": {(cell.row, cell.column): cell for cell in grid.cells},
        "shades": _shades(grid, campaign.sign),
        "rows": [vars(cell) for cell in grid.cells],
    }


def _shades(grid: cells.Grid, sign: int) -> dict[str, int]:
    """The fifth, 0 to 4, in which each cell's best stands among those of all cells."""
    ranked = sorted(grid.cells, key=lambda cell: sign * cell.score)
    return {cell.best: 5 * place // len(ranked) for place, cell in enumerate(ranked)}


def costs_context(memory: Memory, id_: str) -> dict[str, Any]:
    """What was spent, on what: runs by tier, language models by role."""
    runs = memory.rows(
        "SELECT tier, purpose, count(*) AS n, sum(wall_s) AS wall, sum(cpu_s) AS cpu,"
        " sum(device_s) AS device FROM evaluations WHERE campaign = ? AND charged"
        " GROUP BY tier, purpose ORDER BY device DESC",
        (id_,),
    )
    models = memory.rows(
        "SELECT role, model, count(*) AS n, sum(error <> '') AS failed,"
        " sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion, sum(usd) AS usd,"
        " sum(wall_s) AS wall FROM llm_calls WHERE campaign = ?"
        " GROUP BY role, model ORDER BY usd DESC, n DESC",
        (id_,),
    )
    summary = summaries.summarise(memory, id_)
    title = f"Costs of {id_}"
    return {"title": title, "summary": summary, "campaign": summary.campaign, "runs": runs,
            "models": models}  # fmt: skip


def _budget(
    spent: Mapping[str, float], limits: Mapping[str, float]
) -> list[tuple[str, float, float | None]]:
    """Unit, amount spent, and limit where there is one; limited units first."""
    limited = [(unit, spent.get(unit, 0.0), limit) for unit, limit in limits.items()]
    return limited + [(u, amount, None) for u, amount in spent.items() if u not in limits]


def _log(memory: Memory, id_: str) -> list[sqlite3.Row]:
    """What happened last, newest first: proposals, ended runs, claims, insights."""
    return memory.rows(_LOG, (id_, SHOWN_LOG, id_, SHOWN_LOG, id_, SHOWN_LOG, id_, SHOWN_LOG,
                              SHOWN_LOG))  # fmt: skip


_LOG = """
    SELECT * FROM (
        SELECT finished AS at, 'run' AS kind, candidate, status, score,
               tier || ' seed ' || seed AS what, reason AS text
        FROM evaluations WHERE campaign = ? AND charged ORDER BY id DESC LIMIT ?)
    UNION ALL SELECT * FROM (
        SELECT created, 'proposal', candidate, NULL, NULL, operator, idea
        FROM proposals WHERE campaign = ? AND author <> 'reference' ORDER BY id DESC LIMIT ?)
    UNION ALL SELECT * FROM (
        SELECT created, 'insight', candidate, NULL, NULL, kind, text
        FROM insights WHERE campaign = ? ORDER BY id DESC LIMIT ?)
    UNION ALL SELECT * FROM (
        SELECT created, 'claim', candidate, NULL, NULL,
               CASE WHEN holds THEN 'holds' ELSE 'does not hold' END, statement
        FROM claims WHERE campaign = ? ORDER BY id DESC LIMIT ?)
    ORDER BY at DESC LIMIT ?
"""

"""What the pages of one candidate, and of two, show."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from ... import harmless
from ...space import Status
from .. import (
    artifacts,
    campaigns,
    candidates,
    claims,
    comparison,
    evaluations,
    gains,
    insights,
    lineage,
    standings,
)
from ..comparison import Side
from ..evaluations import StoredEvaluation
from ..store import Memory
from . import charts, code, words

GENERATIONS = 4
SHOWN_CHILDREN = 30
SHOWN_RUNS = 50
SHOWN_NOTES = 20
SHOWN_PARENTS = 4
"""Each with a difference of the code."""
SHOWN_FILES = 12
SHOWN_TEXT = 4000
"""Bytes of a file's text."""
SHOWN_METRICS = 8
"""Of a run at first; the others are a click away."""
SHOWN_CURVES = 6
"""Lines on one plot; more could not be told apart."""


def context(memory: Memory, id_: str) -> dict[str, Any]:
    """What is known of a candidate; of what may be thousands, the first or the last."""
    candidate = candidates.get(memory, id_)
    runs = list(evaluations.of_candidate(memory, id_, last=SHOWN_RUNS))
    return {
        "title": harmless.one_line(candidate.name, 60) or id_,
        "candidate": candidate,
        "origin": _origin(memory, id_),
        "totals": _totals(memory, id_),
        "standings": standings.standings_of(memory, id_),
        "runs": runs,
        "faults": [run for run in runs if run.evaluation.status is not Status.OK],
        "charts": _curves(runs),
        "parents": [_against(memory, candidate.source, parent) for parent in _parents(memory, id_)],
        "ancestors": lineage.ancestors(memory, id_, depth=GENERATIONS),
        "children": _children(memory, id_),
        "insights": insights.of_candidate(memory, id_)[:SHOWN_NOTES],
        "cited": gains.cited_by(memory, candidate),
        "claims": claims.judged(memory, claims.of_candidate(memory, id_)[-SHOWN_NOTES:][::-1]),
        "predictions": _predictions(memory, id_),
        "lines": code.highlighted(candidate.source),
        "imported": campaigns.imported(memory),
        "files": _files(memory, id_),
        "FEW": SHOWN_METRICS,
    }


def _files(memory: Memory, id_: str) -> list[tuple[str, int, str]]:
    """What was kept of its runs: each file's name, size, and the beginning of its text."""
    return [
        (
            file.name,
            len(file.data),
            file.data[:SHOWN_TEXT].decode(errors="replace")
            if file.media_type == "text/plain"
            else "",
        )
        for file in artifacts.of_candidate(memory, id_)[-SHOWN_FILES:]
    ]


def comparison_context(memory: Memory, first: str, second: str) -> dict[str, Any]:
    """Two candidates: scores paired by seed, curves together, and how the code differs."""
    pair = [candidates.get(memory, first), candidates.get(memory, second)]
    runs = [list(evaluations.of_candidate(memory, id_, last=3)) for id_ in (first, second)]
    return {
        "pair": pair,
        "sides": comparison.compare(memory, first, second),
        "charts": _curves([*runs[0], *runs[1]]),
        "diff": code.difference(pair[1].source, pair[0].source),
    }


def side_row(side: Side) -> dict[str, Any]:
    """Two candidates at one tier, as a row of a table."""
    return {
        "domain": side.domain,
        "tier": side.tier,
        "objective": side.objective,
        "direction": side.direction,
        "first": side.first and side.first.median,
        "first_seeds": side.first.seeds if side.first else 0,
        "second": side.second and side.second.median,
        "second_seeds": side.second.seeds if side.second else 0,
        "shared_seeds": len(side.pairs),
        "difference": side.difference,
    }


def _origin(memory: Memory, id_: str) -> sqlite3.Row | None:
    """How it first came into a campaign."""
    return memory.row(
        "SELECT p.campaign, p.author, c.origin FROM proposals p JOIN campaigns c"
        " ON c.id = p.campaign WHERE p.candidate = ? ORDER BY p.id LIMIT 1",
        (id_,),
    )


def _totals(memory: Memory, id_: str) -> sqlite3.Row | None:
    return memory.row(
        "SELECT (SELECT count(*) FROM proposals WHERE candidate = ?1) AS campaigns,"
        " count(*) AS runs, total(charged * device_s) AS device_s"
        " FROM evaluations WHERE candidate = ?1",
        (id_,),
    )


def _parents(memory: Memory, id_: str) -> list[str]:
    """What it was made from in the campaigns that had it first."""
    rows = memory.rows(
        "SELECT parent FROM (SELECT id FROM proposals WHERE candidate = ? ORDER BY id LIMIT 20) p"
        " JOIN parents ON proposal = p.id ORDER BY p.id, position",
        (id_,),
    )
    return list(dict.fromkeys(row["parent"] for row in rows))[:SHOWN_PARENTS]


def _against(memory: Memory, source: str, parent: str) -> dict[str, Any]:
    row = memory.row("SELECT id, name, source FROM candidates WHERE id = ?", (parent,))
    assert row is not None  # a foreign key holds it
    return {**dict(row), "diff": code.difference(row["source"], source)}


def _curves(runs: Sequence[StoredEvaluation]) -> list[tuple[str, charts.Chart]]:
    """A plot for each kind of curve, with a line a run."""
    series: dict[str, dict[str, Sequence[float]]] = {}
    for run in runs:
        for name, values in run.evaluation.curves.items():
            lines = series.setdefault(name, {})
            label = f"{words.short(run.run.candidate)} {run.run.tier} seed {run.run.seed}"
            if len(lines) < SHOWN_CURVES:
                lines[label] = values
    drawn = [(name, charts.curves(lines, name)) for name, lines in series.items()]
    return [(name, chart) for name, chart in drawn if chart is not None]


def _children(memory: Memory, id_: str) -> list[sqlite3.Row]:
    return memory.rows(
        "SELECT DISTINCT p.candidate AS id, c.name, p.idea, p.level, p.operator, s.median"
        " FROM parents pa JOIN proposals p ON p.id = pa.proposal"
        " JOIN candidates c ON c.id = p.candidate"
        " JOIN campaigns ON campaigns.id = p.campaign"
        " LEFT JOIN standings s ON s.candidate = p.candidate"
        " AND s.domain = campaigns.domain AND s.definition = campaigns.definition"
        " WHERE pa.parent = ? GROUP BY p.candidate ORDER BY p.id LIMIT ?",
        (id_, SHOWN_CHILDREN + 1),
    )


def _predictions(memory: Memory, id_: str) -> list[sqlite3.Row]:
    """What the value model expected of late, beside the first score that came."""
    return memory.rows(
        "SELECT p.campaign, p.tier, p.model, p.mean, p.spread,"
        " (SELECT score FROM evaluations e WHERE e.campaign = p.campaign"
        "  AND e.candidate = p.candidate AND e.tier = p.tier AND e.score IS NOT NULL"
        "  ORDER BY e.id LIMIT 1) AS score FROM"
        " (SELECT * FROM predictions WHERE candidate = ? ORDER BY id DESC LIMIT ?) p"
        " ORDER BY p.id",
        (id_, SHOWN_NOTES),
    )

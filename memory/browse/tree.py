"""A campaign's candidates as a tree, laid out for a canvas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ..scores import main_tier
from ..store import Memory
from . import words
from .charts import finite


def tree_of(memory: Memory, campaign: str) -> dict[str, Any]:
    """The tree as columns, one entry a candidate in the order of proposal.

    `parent` is an index or -1, `x` counts leaves from the left, `y` generations from the
    top; `score` is the standing at `tier`, the median over seeds, or None.
    """
    tier = main_tier(memory, campaign)
    rows = memory.rows(_NODES, (campaign, tier))
    index = {row["id"]: n for n, row in enumerate(rows)}
    parents = _first_parents(memory, campaign, index)
    place = layout(parents)
    return {
        "tier": tier,
        "id": [row["id"] for row in rows],
        "label": [words.first_line(row["name"] or row["idea"], 120) for row in rows],
        "level": [row["level"] or "" for row in rows],
        "operator": [words.first_line(row["operator"], 40) for row in rows],
        "status": [row["status"] or "waiting" for row in rows],
        "score": [finite(row["score"]) for row in rows],
        "parent": parents,
        "x": [x for x, _ in place],
        "y": [y for _, y in place],
    }


_NODES = """
    WITH runs AS (
        SELECT candidate, max(id) AS last FROM evaluations WHERE campaign = ?1 GROUP BY candidate
    )
    SELECT c.id, c.name, p.idea, p.level, p.operator, s.median AS score, e.status
    FROM proposals p JOIN candidates c ON c.id = p.candidate
    JOIN campaigns k ON k.id = p.campaign
    LEFT JOIN standings s ON s.candidate = p.candidate AND s.domain = k.domain
        AND s.definition = k.definition AND s.tier = ?2 AND s.objective = k.objective
    LEFT JOIN runs ON runs.candidate = p.candidate
    LEFT JOIN evaluations e ON e.id = runs.last
    WHERE p.campaign = ?1 ORDER BY p.id
"""


def _first_parents(memory: Memory, campaign: str, index: Mapping[str, int]) -> list[int]:
    """Each candidate's first parent that came before it in the campaign, or -1."""
    parents = [-1] * len(index)
    rows = memory.rows(
        "SELECT p.candidate, pa.parent FROM proposals p JOIN parents pa ON pa.proposal = p.id"
        " WHERE p.campaign = ? ORDER BY p.id, pa.position",
        (campaign,),
    )
    for row in rows:
        child, parent = index[row["candidate"]], index.get(row["parent"], -1)
        if parents[child] == -1 and parent < child:
            parents[child] = parent
    return parents


def layout(parents: Sequence[int]) -> list[tuple[float, int]]:
    """Place each node: leaves side by side, a parent amid its children, a root at the top.

    A node's parent, an index below its own or -1, must come before it.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for node, parent in enumerate(parents):
        children[parent].append(node)
    depth = [0] * len(parents)
    for node, parent in enumerate(parents):
        depth[node] = depth[parent] + 1 if parent >= 0 else 0
    x = [0.0] * len(parents)
    for position, leaf in enumerate(_leaves(children)):
        x[leaf] = float(position)
    for node in reversed(range(len(parents))):
        if below := children.get(node):
            x[node] = (x[below[0]] + x[below[-1]]) / 2
    return list(zip(x, depth, strict=True))


def _leaves(children: Mapping[int, Sequence[int]]) -> list[int]:
    """The nodes without children, from left to right."""
    leaves, left = [], [*reversed(children.get(-1, ()))]
    while left:
        node = left.pop()
        below = children.get(node, ())
        left += reversed(below)
        if not below:
            leaves.append(node)
    return leaves

"""Lineage: where a candidate comes from, and what came from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .store import Memory


@dataclass(frozen=True)
class Relative:
    """A candidate's ancestor or descendant.

    `distance` counts generations: negative for ancestors, 0 for the candidate itself.
    `via` is the neighbour on a shortest way to the candidate, and `level`, `operator`
    and `idea` tell how the relative came into its first campaign.
    """

    id: str
    name: str
    distance: int
    via: str | None
    level: str | None
    operator: str
    idea: str


def ancestors(memory: Memory, candidate: str, *, depth: int = 100) -> list[Relative]:
    """What the candidate was made from, nearest first, each once."""
    return _walk(memory, candidate, "ancestors", depth)


def descendants(memory: Memory, candidate: str, *, depth: int = 100) -> list[Relative]:
    """What was made from the candidate, nearest first, each once."""
    return _walk(memory, candidate, "descendants", depth)


def _walk(
    memory: Memory, candidate: str, way: Literal["ancestors", "descendants"], depth: int
) -> list[Relative]:
    """Breadth first; the same program in two campaigns may close a cycle, so each once."""
    seen = {candidate}
    frontier = [candidate]
    found = []
    for distance in range(1, depth + 1):
        reached = []
        for near in frontier:
            for far in _neighbours(memory, near, way):
                if far not in seen:
                    seen.add(far)
                    reached.append(far)
                    sign = -1 if way == "ancestors" else 1
                    found.append(relative(memory, far, distance=sign * distance, via=near))
        frontier = reached
    return found


def _neighbours(memory: Memory, candidate: str, way: str) -> list[str]:
    if way == "ancestors":
        sql = (
            "SELECT parent AS id FROM proposals p JOIN parents ON proposal = p.id"
            " WHERE p.candidate = ? ORDER BY p.id, position"
        )
    else:
        sql = (
            "SELECT p.candidate AS id FROM parents JOIN proposals p ON p.id = proposal"
            " WHERE parent = ? ORDER BY p.id"
        )
    return list(dict.fromkeys(row["id"] for row in memory.rows(sql, (candidate,))))


def relative(
    memory: Memory, candidate: str, *, distance: int = 0, via: str | None = None
) -> Relative:
    """The candidate as a relative, by its first proposal."""
    row = memory.row(
        "SELECT c.id, c.name, p.level, p.operator, p.idea"
        " FROM candidates c LEFT JOIN proposals p ON p.candidate = c.id"
        " WHERE c.id = ? ORDER BY p.id LIMIT 1",
        (candidate,),
    )
    if row is None:
        raise LookupError(candidate)
    return Relative(
        row["id"],
        row["name"],
        distance,
        via,
        row["level"],
        row["operator"] or "",
        row["idea"] or "",
    )

"""Searching a memory from the terminal, and the themes of what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import memory_views as views
from .memory_upkeep import reading, writing

if TYPE_CHECKING:
    from ..memory import Memory
    from ..memory.clusters import Cluster
    from ..memory.explored import Explored
    from ..memory.retrieval import Found

TEXT = 300
"""Characters of a hit's text that are shown."""


def hits(
    db: Path, text: str, kinds: Sequence[str] | None, limit: int, **filters: Any
) -> list[Found]:
    """What the memory at `db` has that fits `text`, so many of each kind, best first: what is
    alike, and after it where the very words stand in ideas and code."""
    from ..memory.errors import CannotWrite
    from ..memory.retrieval import KINDS

    wanted = list(dict.fromkeys(map(str, kinds or (*KINDS, "idea"))))
    alike = [kind for kind in wanted if kind in KINDS]
    with reading(db) as memory:
        found = _words(memory, text, [kind for kind in wanted if kind not in KINDS], limit)
        if not alike:
            return found
    try:
        # What is read for the first time is kept, so that the next search need not read it.
        with writing(db) as memory:
            return _alike(memory, text, alike, limit, filters) + found
    except CannotWrite:
        with reading(db) as memory:
            return _alike(memory, text, alike, limit, filters) + found


def _alike(
    memory: Memory, text: str, kinds: Sequence[str], limit: int, filters: dict[str, Any]
) -> list[Found]:
    from ..memory.retrieval import Retriever

    retriever = Retriever(memory)
    hits = [
        retriever.search(text, kinds=(kind,), limit=limit, diversity=0, **filters) for kind in kinds
    ]
    return [hit for found in hits for hit in found]


def _words(memory: Memory, text: str, kinds: Sequence[str], limit: int) -> list[Found]:
    from ..memory import text_search
    from ..memory.retrieval import Found

    found = text_search.search(memory, text, kinds=kinds, limit=limit)
    return [
        Found(kind, hit.id, hit.title, hit.excerpt, -hit.rank)
        for kind in kinds
        for hit in found[kind]
    ]


def print_hits(found: Sequence[Found]) -> None:
    for hit in found:
        head = f"{hit.kind:9}  {_mark(hit)}  "
        warning = "failed: " if hit.failed else ""
        views.paragraph(f"{warning}{hit.title or hit.text}", head, TEXT)
        if hit.title:
            views.paragraph(hit.text, " " * len(head), TEXT)
    if not found:
        print("nothing matches")


def _mark(hit: Found) -> str:
    """What other commands, and agents, call it by."""
    letter = {"insight": "i", "knowledge": "k"}.get(hit.kind, "")
    return f"{letter}{views.short(hit.id):{views.SHORT}}"


def cluster_table(found: Explored, designs: int) -> None:
    """Themes and mechanisms, and so many designs of each."""
    rows = [row for theme in found.clusters for row in _rows(theme, "", "", designs)]
    best = f"best at {found.tier}>" if found.tier else "best>"
    views.table(("what was tried", "cand.>", "scored>", best, "id"), rows, empty="nothing yet")
    if found.shown < found.total:
        print(f"The latest {found.shown:,} of {found.total:,} candidates.")


def _rows(cluster: Cluster, branch: str, below: str, designs: int) -> Iterator[tuple[object, ...]]:
    """A cluster's row, its name after `branch`, and those within it, each after `below`."""
    yield (
        f"{branch}{cluster.name}",
        f"{cluster.count:,}",
        f"{cluster.scored:,}",
        views.number(cluster.best_score),
        views.short(cluster.best),
    )
    shown = cluster.children[:designs] if branch else cluster.children
    for child in shown:
        last = child is shown[-1]
        turn, on = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _rows(child, below + turn, below + on, designs)

"""A campaign's candidates as a tree, drawn with lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..memory import Memory, candidates, standings
from ..memory.candidates import Proposal
from . import memory_views as views
from .border import users_file
from .text import plain


@dataclass(frozen=True)
class Node:
    """A candidate and what was made from it; `hidden` counts descendants left out."""

    id: str
    label: str
    operator: str
    scores: dict[str, float]
    children: tuple[Node, ...]
    hidden: int


def family_tree(memory: Memory, campaign: str, depth: int) -> list[Node]:
    """The campaign's candidates, each under its first parent in the campaign, as far as `depth`."""
    seen: set[str] = set()
    children: dict[str | None, list[Proposal]] = defaultdict(list)
    for proposal in candidates.proposals(memory, campaign):
        # Only a parent that came before: through another campaign, a later one may be
        # the candidate's own descendant.
        first = next((p for p in proposal.candidate.parents if p in seen), None)
        children[first].append(proposal)
        seen.add(proposal.candidate.id)
    return [_grow(memory, root, children, depth) for root in children[None]]


def _grow(
    memory: Memory, proposal: Proposal, children: dict[str | None, list[Proposal]], depth: int
) -> Node:
    candidate = proposal.candidate
    below = children.get(candidate.id, []) if depth > 1 else []
    return Node(
        id=candidate.id,
        label=candidate.name or candidate.idea,
        operator=candidate.operator,
        scores={s.tier: s.median for s in standings.standings_of(memory, candidate.id)},
        children=tuple(_grow(memory, child, children, depth - 1) for child in below),
        hidden=0 if depth > 1 else _size_below(candidate.id, children),
    )


def _size_below(id_: str, children: dict[str | None, list[Proposal]]) -> int:
    total, left = 0, [id_]
    while left:
        below = children.get(left.pop(), [])
        total += len(below)
        left += [proposal.candidate.id for proposal in below]
    return total


def tree_rows(roots: Sequence[Node], parent: str | None = None) -> Iterator[dict[str, object]]:
    """A row a candidate, each after its parent."""
    for node in roots:
        yield {"id": node.id, "parent": parent, "operator": node.operator, "label": node.label,
               "scores": node.scores, "hidden": node.hidden}  # fmt: skip
        yield from tree_rows(node.children, node.id)


def write_graphml(memory: Memory, campaign: str, to: Path) -> None:
    """Write the campaign's candidates as a graph to the file `to`."""
    import networkx

    from ..memory.genealogy import genealogy

    graph = genealogy(memory, campaign)
    with users_file(to):
        networkx.write_graphml(graph, to)
    print(f"wrote {to}: {len(graph)} candidates, {graph.number_of_edges()} edges")


def print_tree(roots: Sequence[Node]) -> None:
    width = views.width()
    for root in roots:
        for line in _lines(root, "", "", 0, width):
            print(line if len(line) <= width else line[: width - 1] + "…")
    if not roots:
        print("no candidates yet")


def _lines(node: Node, first: str, rest: str, depth: int, width: int) -> Iterator[str]:
    scores = " ".join(f"{plain(t)} {views.number(v)}" for t, v in node.scores.items()) or "-"
    hidden = f" (+{node.hidden} below)" if node.hidden else ""
    made = f"{plain(node.operator)}: {plain(node.label)}"
    if len(first) > width // 2:
        # So deep that the lines would push the words out: the generation instead.
        first = f"… {depth} {first[-3:]}"
    yield f"{first}{views.short(node.id)} {scores}{hidden} {made}"
    for i, child in enumerate(node.children):
        end = i == len(node.children) - 1
        lines = (rest + ("└─ " if end else "├─ "), rest + ("   " if end else "│  "))
        yield from _lines(child, *lines, depth + 1, width)

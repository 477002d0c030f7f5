"""A campaign's candidates as a graph of who was made from whom."""

from __future__ import annotations

import networkx as nx

from ..harmless import one_line
from . import candidates, standings
from .store import Memory


def genealogy(memory: Memory, campaign: str) -> nx.DiGraph[str]:
    """An edge leads from each parent to what was made from it.

    Nodes carry `name`, `idea`, `operator`, `level` and `author` as harmless text, and the
    median score at each tier as `score TIER`: what GraphML can hold, for Gephi, yEd or R.
    Parents from other campaigns are nodes without any of that.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for proposal in candidates.proposals(memory, campaign):
        candidate = proposal.candidate
        words = {
            "name": candidate.name,
            "idea": candidate.idea,
            "operator": candidate.operator,
            "level": candidate.level or "",
            "author": proposal.author,
        }
        graph.add_node(candidate.id, **{key: one_line(text) for key, text in words.items()})
        for standing in standings.standings_of(memory, candidate.id):
            graph.nodes[candidate.id][f"score {one_line(standing.tier)}"] = standing.median
        graph.add_edges_from((parent, candidate.id) for parent in candidate.parents)
    return graph

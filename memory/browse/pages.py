"""The pages: for each address, what is read from the memory and which template shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import campaigns, claims, knowledge, lookup, summaries, text_search
from ..store import Memory
from . import campaign_page, candidate_page, tree

PER_PAGE = 25


@dataclass(frozen=True)
class Query:
    """What was asked: the parts of the address and its arguments, as text."""

    arguments: Mapping[str, str] = field(default_factory=dict)
    limits: Callable[[str], Mapping[str, float]] = lambda budget: {}

    def text(self, name: str) -> str:
        return self.arguments.get(name, "").strip()

    def number(self, name: str, least: int = 1) -> int:
        """A whole number from `least` up; `least` where there is none."""
        text = self.text(name)
        return (
            max(least, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else least
        )


@dataclass(frozen=True)
class Page:
    """What answers: a template and what it shows, or JSON where there is no template."""

    template: str | None
    context: Mapping[str, Any]


def overview(memory: Memory, query: Query) -> Page:
    """All campaigns, newest first."""
    number = query.number("page")
    found = campaigns.all_campaigns(memory)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    context = {
        "title": "Campaigns",
        "campaigns": [summaries.summarise(memory, campaign.id) for campaign in shown],
        "totals": summaries.totals(memory),
        "page": number,
        "pages": max(1, -(-len(found) // PER_PAGE)),
    }
    return Page("overview", context)


def campaign(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    return Page("campaign", campaign_page.context(memory, id_, query.limits))


def campaign_tree(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    found = campaigns.get(memory, id_)
    return Page("tree", {"title": f"Tree of {id_}", "campaign": found})


def campaign_tree_data(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    direction = campaigns.get(memory, id_).direction
    return Page(None, {**tree.tree_of(memory, id_), "direction": direction})


def campaign_map(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    return Page("map", campaign_page.map_context(memory, id_, query.text("x"), query.text("y")))


def campaign_costs(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    return Page("costs", campaign_page.costs_context(memory, id_))


def candidate(memory: Memory, query: Query) -> Page:
    return Page(
        "candidate", candidate_page.context(memory, lookup.candidate(memory, query.text("id")))
    )


def compare(memory: Memory, query: Query) -> Page:
    """Two candidates side by side, or the form that asks for them."""
    asked = {"title": "Compare", "a": query.text("a"), "b": query.text("b")}
    if not (asked["a"] and asked["b"]):
        return Page("compare", asked)
    first, second = (lookup.candidate(memory, asked[name]) for name in ("a", "b"))
    return Page("compare", {**asked, **candidate_page.comparison_context(memory, first, second)})


def all_claims(memory: Memory, query: Query) -> Page:
    rows = memory.rows(
        "SELECT campaign FROM claims GROUP BY campaign ORDER BY max(id) DESC LIMIT 50"
    )
    found = [claim for row in rows for claim in claims.of_campaign(memory, row["campaign"])]
    return Page("claims", {"title": "Claims", "claims": found})


def all_knowledge(memory: Memory, query: Query) -> Page:
    """The knowledge base: all of it, or what matches the words."""
    words = query.text("q")
    entries = knowledge.entries(memory)
    if words:
        hits = text_search.search(memory, words, kinds=("knowledge",), limit=30)["knowledge"]
        by_id = {entry.id: entry for entry in entries}
        entries = [by_id[hit.id] for hit in hits if hit.id in by_id]
    return Page("knowledge", {"title": "Knowledge", "entries": entries, "q": words})


def search(memory: Memory, query: Query) -> Page:
    words = query.text("q")
    found = text_search.search(memory, words, limit=12) if words else {}
    return Page("search", {"title": "Search", "q": words, "found": found})


ROUTES: dict[str, Callable[[Memory, Query], Page]] = {
    r"^/$": overview,
    r"^/campaign/(?P<id>[0-9a-z]+)$": campaign,
    r"^/campaign/(?P<id>[0-9a-z]+)/tree$": campaign_tree,
    r"^/campaign/(?P<id>[0-9a-z]+)/tree\.json$": campaign_tree_data,
    r"^/campaign/(?P<id>[0-9a-z]+)/map$": campaign_map,
    r"^/campaign/(?P<id>[0-9a-z]+)/costs$": campaign_costs,
    r"^/candidate/(?P<id>[0-9a-f]+)$": candidate,
    r"^/compare$": compare,
    r"^/claims$": all_claims,
    r"^/knowledge$": all_knowledge,
    r"^/search$": search,
}
"""Patterns of addresses, as Datasette takes them, and what answers."""

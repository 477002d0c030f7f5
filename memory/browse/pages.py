"""The pages: for each address, what is read from the memory and which template shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import (
    campaigns,
    claims,
    explored,
    gains,
    knowledge,
    lookup,
    retrieval,
    summaries,
    text_search,
)
from ..retrieval import Found
from ..store import Memory
from . import campaign_page, candidate_page, tree

PER_PAGE = 25
SHOWN_CLUSTERS = 40
"""Of the designs in one mechanism."""


Find = Callable[[Memory, str, Sequence[str], int], list[Found]]
"""Searches a memory: words, kinds, and how many at most."""


@dataclass(frozen=True)
class Query:
    """What was asked: the parts of the address and its arguments, as text."""

    arguments: Mapping[str, str] = field(default_factory=dict)
    limits: Callable[[str], Mapping[str, float]] = lambda budget: {}
    find: Find = retrieval.find

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
    shown = campaigns.all_campaigns(memory, PER_PAGE, (number - 1) * PER_PAGE)
    totals = summaries.totals(memory)
    context = {
        "title": "Campaigns",
        "campaigns": [summaries.summarise(memory, campaign.id) for campaign in shown],
        "totals": totals,
        "page": number,
        "pages": max(1, -(-totals["campaigns"] // PER_PAGE)),
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


def campaign_map_rows(memory: Memory, query: Query) -> Page:
    found = campaign_map(memory, query).context
    return Page(None, {name: found[name] for name in ("x", "y", "rows")})


def campaign_archive(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    context = campaign_page.archive_context(memory, id_, query.text("x"), query.text("y"))
    return Page("archive", context)


def campaign_archive_rows(memory: Memory, query: Query) -> Page:
    return Page(None, {"rows": campaign_archive(memory, query).context["rows"]})


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


def compare_rows(memory: Memory, query: Query) -> Page:
    """A row for each tier and objective at which either has a score."""
    sides = compare(memory, query).context.get("sides", ())
    return Page(None, {"rows": [candidate_page.side_row(side) for side in sides]})


def all_claims(memory: Memory, query: Query) -> Page:
    """What was verified, the latest first."""
    number = query.number("page")
    found = claims.judged(memory, claims.latest(memory, PER_PAGE, (number - 1) * PER_PAGE))
    total = memory.rows("SELECT count(*) FROM claims")[0][0]
    context = {"claims": found, "page": number, "pages": max(1, -(-total // PER_PAGE))}
    return Page("claims", {"title": "Claims", **context})


def all_knowledge(memory: Memory, query: Query) -> Page:
    """The knowledge base, page by page, or what matches the words; with what came of each."""
    words, number = query.text("q"), query.number("page")
    if words:
        hits = query.find(memory, words, ("knowledge",), PER_PAGE)
        found = [knowledge.entry(memory, hit.id) for hit in hits]
        entries, pages = [entry for entry in found if entry is not None], 1
    else:
        everything = knowledge.entries(memory)
        entries = everything[(number - 1) * PER_PAGE : number * PER_PAGE]
        pages = max(1, -(-len(everything) // PER_PAGE))
    shown = [(entry, gains.of_entry(memory, entry.id)) for entry in entries]
    context = {"entries": shown, "q": words, "page": number, "pages": pages}
    return Page("knowledge", {"title": "Knowledge", **context})


def search(memory: Memory, query: Query) -> Page:
    """What is meant, first; then where the very words stand."""
    words = query.text("q")
    found = text_search.search(memory, words, kinds=("idea", "code"), limit=8) if words else {}
    meant = {kind: query.find(memory, words, (kind,), 8) for kind in retrieval.KINDS if words}
    return Page("search", {"title": "Search", "q": words, "meant": meant, "found": found})


def campaign_clusters(memory: Memory, query: Query) -> Page:
    found = campaigns.get(memory, lookup.campaign(memory, query.text("id")))
    context = {"campaign": found, "explored": explored.of_campaign(memory, found.id)}
    return Page("clusters", {"title": f"Themes of {found.id}", "MOST": SHOWN_CLUSTERS, **context})


def domain_clusters(memory: Memory, query: Query) -> Page:
    """What all campaigns on a domain tried; the domain of the latest where none is named."""
    domains = [r["domain"] for r in memory.rows(_DOMAINS)]
    domain = query.text("domain") or (domains[0] if domains else "")
    context: dict[str, Any] = {"explored": explored.of_domain(memory, domain) if domain else None}
    context |= {"title": "Themes", "domains": domains, "campaign": None, "MOST": SHOWN_CLUSTERS}
    return Page("clusters", context)


_DOMAINS = "SELECT domain FROM campaigns GROUP BY domain ORDER BY max(created) DESC LIMIT 50"


def campaign_cluster_rows(memory: Memory, query: Query) -> Page:
    id_ = lookup.campaign(memory, query.text("id"))
    return Page(None, {"rows": explored.rows(explored.of_campaign(memory, id_))})


def domain_cluster_rows(memory: Memory, query: Query) -> Page:
    return Page(None, {"rows": explored.rows(explored.of_domain(memory, query.text("domain")))})


ROUTES: dict[str, Callable[[Memory, Query], Page]] = {
    r"^/$": overview,
    r"^/campaign/(?P<id>[0-9a-z]+)$": campaign,
    r"^/campaign/(?P<id>[0-9a-z]+)/tree$": campaign_tree,
    r"^/campaign/(?P<id>[0-9a-z]+)/tree\.json$": campaign_tree_data,
    r"^/campaign/(?P<id>[0-9a-z]+)/map$": campaign_map,
    r"^/campaign/(?P<id>[0-9a-z]+)/map\.(?P<as>json|csv)$": campaign_map_rows,
    r"^/campaign/(?P<id>[0-9a-z]+)/archive$": campaign_archive,
    r"^/campaign/(?P<id>[0-9a-z]+)/archive\.(?P<as>json|csv)$": campaign_archive_rows,
    r"^/campaign/(?P<id>[0-9a-z]+)/costs$": campaign_costs,
    r"^/campaign/(?P<id>[0-9a-z]+)/themes$": campaign_clusters,
    r"^/campaign/(?P<id>[0-9a-z]+)/themes\.(?P<as>json|csv)$": campaign_cluster_rows,
    r"^/themes$": domain_clusters,
    r"^/themes\.(?P<as>json|csv)$": domain_cluster_rows,
    r"^/candidate/(?P<id>[^/]+)$": candidate,
    r"^/compare$": compare,
    r"^/compare\.(?P<as>json|csv)$": compare_rows,
    r"^/claims$": all_claims,
    r"^/knowledge$": all_knowledge,
    r"^/search$": search,
}
"""Patterns of addresses, as Datasette takes them, and what answers."""

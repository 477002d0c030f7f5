"""A campaign as one file to keep or send: HTML with everything inlined, or Markdown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from .. import events, explored, lineage
from ..components import components
from ..lineage import Relative
from ..lookup import campaign as find_campaign
from ..store import Memory
from . import campaign_page, words
from .tree import tree_of
from .tree_picture import picture

GENERATIONS = 20
"""Of the best candidate's ancestors, which Markdown has in place of the tree."""


def as_html(memory: Memory, campaign: str, limits: Callable[[str], Mapping[str, float]]) -> str:
    """One self-contained page; raises UnknownId."""
    context = gather(memory, find_campaign(memory, campaign), limits)
    css = (Path(__file__).parent / "static" / "discover.css").read_text("utf-8")
    return (
        _environment(autoescape=True).get_template("discover/report.html").render(context, css=css)
    )


def as_markdown(memory: Memory, campaign: str, limits: Callable[[str], Mapping[str, float]]) -> str:
    """The same in Markdown, for the appendix of a paper; raises UnknownId."""
    context = gather(memory, find_campaign(memory, campaign), limits)
    return _environment(autoescape=False).get_template("discover/report.md").render(context)


def gather(
    memory: Memory, id_: str, limits: Callable[[str], Mapping[str, float]]
) -> dict[str, Any]:
    """All that a report says of the campaign."""
    page = campaign_page.context(memory, id_, limits)
    found = page["campaign"]
    return {
        **page,
        "failures": campaign_page.failures(memory, id_, 20),
        "costs": campaign_page.costs_context(memory, id_),
        "components": components(memory, id_, page["tier"], found.direction),
        "tree": picture(tree_of(memory, id_), found.direction),
        "themes": explored.of_campaign(memory, id_),
        "lineage": _lineage(memory, page["best"]),
        "validation": _validation(memory, id_),
        "isolation": _isolation(memory, id_),
        "database": memory.path.name,
    }


def _validation(memory: Memory, id_: str) -> str:
    """How the best did against every reference; empty where that was not measured."""
    told = events.read(memory, id_, kind=events.VALIDATED)
    sentence = told[-1].data.get("sentence") if told else None
    return sentence if isinstance(sentence, str) else ""


def _lineage(memory: Memory, best: Sequence[sqlite3.Row]) -> list[Relative]:
    """What the best candidate was made from, step by step from its root."""
    if not best:
        return []
    found = lineage.ancestors(memory, best[0]["candidate"], depth=GENERATIONS)
    return [*reversed(found), lineage.relative(memory, best[0]["candidate"])]


def _isolation(memory: Memory, id_: str) -> list[str]:
    """Under which isolation the campaign's own runs were made."""
    rows = memory.rows(
        "SELECT DISTINCT isolation FROM evaluations WHERE campaign = ? AND charged"
        " AND isolation <> '' ORDER BY isolation",
        (id_,),
    )
    return [row["isolation"] for row in rows]


def _environment(*, autoescape: bool) -> Environment:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        finalize=words.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(words.FILTERS)
    return environment

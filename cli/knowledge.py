"""`discover knowledge`: what agents know from papers and notes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import memory_views as views
from . import options
from .border import UserError, users_file
from .memory_upkeep import reading

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Entries from papers and notes, each keyed on the problem that it helps with.",
)
Domain = Annotated[str | None, typer.Option(metavar="NAME", help="Of this domain only.")]


@app.command()
def add(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A list of entries in YAML or JSON.")
    ] = None,
    domain: Annotated[
        str, typer.Option(metavar="NAME", help="Which domain the entries are for.")
    ] = "linear-attention",
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Add what comes with Discover, for all its domains.")
    ] = False,
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Add entries: from a file, or those that ship with Discover.

    An entry has `source`, `problem` and `idea`, and may have `how` and `limits`. One that
    is there already changes nothing.
    """
    from ..memory import knowledge, knowledge_files, open_memory

    if (file is None) == (not shipped):
        raise UserError("expected either a FILE of entries or --shipped")
    if file is None:
        entries = list(knowledge_files.shipped())
    else:
        with users_file(file):
            text = file.read_text(encoding="utf-8")
        entries = list(knowledge_files.parse(text, domain, str(file)))
    with open_memory(db) as memory, memory.transaction():
        added = sum(knowledge.add(memory, entry) for entry in entries)
    print(f"added {added} of {len(entries)} entries; the others were there")


@app.command("list")
def list_(
    domain: Domain = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """List the entries."""
    from ..memory import knowledge

    with reading(db) as memory:
        entries = knowledge.entries(memory, domain)
    if as_json:
        views.as_json(entries)
    else:
        rows = [(e.id, e.domain, e.problem, e.source) for e in entries]
        views.table(("id", "domain", "problem", "source"), rows, empty="no entries")


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="WORDS", help="The problem that you have.")],
    domain: Domain = None,
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")] = 5,
    as_json: options.Json = False,
) -> None:
    """Find entries for a problem, by its words and by their likeness."""
    from ..memory import knowledge
    from ..memory.retrieval import Retriever

    with reading(db) as memory:
        hits = Retriever(memory).search(text, kinds=("knowledge",), domain=domain, limit=limit)
        by_id = {entry.id: entry for entry in knowledge.entries(memory, domain)}
    found = [by_id[hit.id] for hit in hits if hit.id in by_id]
    if as_json:
        views.as_json(found)
        return
    for entry in found:
        print(f"{entry.id}  {views.plain(entry.problem)}")
        for name in ("idea", "how", "limits", "source"):
            print(f"  {name:6}  {views.plain(getattr(entry, name))}")
    if not found:
        print("nothing matches")

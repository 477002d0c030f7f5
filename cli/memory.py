"""`discover memory`: browse what has been learnt."""

from __future__ import annotations

from typing import Annotated

import typer

from . import memory_upkeep as upkeep
from . import memory_views as views
from . import options
from .border import UserError
from .memory_upkeep import reading

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Browse what has been learnt. Ids may be cut short, and names do as well.",
)
CandidateId = Annotated[str, typer.Argument(metavar="ID", help="A candidate's id or name.")]
CampaignId = Annotated[
    str, typer.Argument(metavar="[CAMPAIGN]", help="A campaign's id; the latest where left out.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")]


@app.command("list")
def list_(
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Limit = 20,
    as_json: options.Json = False,
) -> None:
    """List the campaigns, newest first."""
    from ..memory import campaigns, summaries
    from .memory_pages import campaign_table

    with reading(db) as memory:
        shown = campaigns.all_campaigns(memory)[:limit]
        found = [summaries.summarise(memory, campaign.id) for campaign in shown]
    if as_json:
        views.as_json(found)
    else:
        campaign_table(found)


@app.command()
def show(
    id_: CandidateId,
    db: options.Database = options.DEFAULT_DATABASE,
    source: Annotated[bool, typer.Option("--source", help="Print the code and nothing else.")] = (
        False
    ),
    as_json: options.Json = False,
) -> None:
    """Show all that is known of a candidate."""
    from ..memory import candidates, lookup
    from .memory_pages import candidate_page, everything_about

    with reading(db) as memory:
        candidate = lookup.candidate(memory, id_)
        if as_json:
            views.as_json(everything_about(memory, candidate))
        elif source:
            print("\n".join(views.code(candidates.get(memory, candidate).source)))
        else:
            candidate_page(memory, candidate)


@app.command()
def best(
    domain: Annotated[str | None, typer.Option(help="Of this domain only.")] = None,
    tier: Annotated[str | None, typer.Option(help="At this tier only.")] = None,
    min_seeds: Annotated[int, typer.Option(min=1, help="Seen with at least so many seeds.")] = 1,
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Limit = 10,
    as_json: options.Json = False,
) -> None:
    """Show the best candidates at each tier, by the median over seeds.

    The best of many is partly luck: what holds is in the claims.
    """
    from ..memory import standings
    from .memory_pages import standing_table

    with reading(db) as memory:
        places = standings.ranked(memory)
        wanted = [(d, t) for d, t in places if domain in (None, d) and tier in (None, t)]
        if places and not wanted:
            known = ", ".join(f"{d} at {t}" for d, t in places)
            raise UserError(f"nothing has a score there; there are scores for: {known}")
        found = {
            place: standings.best(memory, *place, limit=limit, min_seeds=min_seeds)
            for place in wanted
        }
        if as_json:
            views.as_json([standing for ranking in found.values() for standing in ranking])
        elif not found:
            print("no candidate has a score yet")
        else:
            for (d, t), ranking in found.items():
                views.heading(f"{d} at tier {t}")
                standing_table(memory, ranking)


@app.command()
def lineage(
    id_: CandidateId,
    depth: Annotated[int, typer.Option(min=1, help="Generations each way.")] = 10,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Show what a candidate was made from, and what was made from it."""
    from ..memory import lineage as family
    from ..memory import lookup
    from .memory_pages import lineage_table, with_scores

    with reading(db) as memory:
        candidate = lookup.candidate(memory, id_)
        up = family.ancestors(memory, candidate, depth=depth)
        itself = family.relative(memory, candidate)
        down = family.descendants(memory, candidate, depth=depth)
        relatives = with_scores(memory, [*reversed(up), itself, *down])
    if as_json:
        views.as_json(relatives)
    else:
        lineage_table(relatives)


@app.command()
def compare(
    first: CandidateId,
    second: CandidateId,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Set two candidates' scores side by side, and pair them by seed."""
    from ..memory import comparison, lookup
    from .memory_pages import comparison_table

    with reading(db) as memory:
        pair = lookup.candidate(memory, first), lookup.candidate(memory, second)
        sides = comparison.compare(memory, *pair)
    if as_json:
        found = [{"side": side, "difference": side.difference} for side in sides]
        views.as_json({"first": pair[0], "second": pair[1], "tiers": found})
    else:
        comparison_table(pair, sides)


@app.command()
def diff(
    first: CandidateId,
    second: Annotated[
        str | None, typer.Argument(metavar="[OTHER]", help="Its first parent where left out.")
    ] = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Show how the code of a candidate differs from another's."""
    from difflib import unified_diff

    from ..memory import candidates, lookup

    with reading(db) as memory:
        new = candidates.get(memory, lookup.candidate(memory, first))
        if second is None and not new.parents:
            raise UserError(f"{new.id} has no parent: name the candidate to compare it with")
        other = new.parents[0] if second is None else second
        old = candidates.get(memory, lookup.candidate(memory, other))
    lines = unified_diff(
        old.source.splitlines(), new.source.splitlines(), old.id, new.id, lineterm=""
    )
    if as_json:
        views.as_json({"first": new.id, "second": old.id, "diff": list(lines)})
    else:
        print("\n".join(line for raw in lines for line in views.code(raw)) or "the same code")


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="WORDS", help="Any of these words.")],
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Limit = 5,
    as_json: options.Json = False,
) -> None:
    """Find ideas, insights, knowledge and code by words."""
    from ..memory import text_search

    with reading(db) as memory:
        found = text_search.search(memory, text, limit=limit)
    if as_json:
        views.as_json(found)
        return
    hits = [hit for kind in found.values() for hit in kind]
    rows = [(h.kind, views.short(h.id), h.title, h.excerpt) for h in hits]
    views.table(("kind", "id", "name", "text"), rows, empty="nothing matches")


@app.command()
def stats(
    campaign: CampaignId = "last",
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Show the figures of a campaign, and what the whole memory holds."""
    from ..memory import lookup, summaries
    from .memory_pages import campaign_page

    with reading(db) as memory:
        found = summaries.summarise(memory, lookup.campaign(memory, campaign))
        totals = summaries.totals(memory)
    if as_json:
        views.as_json({"campaign": found, "memory": totals})
    else:
        campaign_page(found, totals)


@app.command()
def tree(
    campaign: CampaignId = "last",
    depth: Annotated[int, typer.Option(min=1, max=200, help="Generations to show.")] = 6,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Show a campaign's candidates as a tree, each under its first parent."""
    from ..memory import lookup
    from .memory_tree import family_tree, print_tree

    with reading(db) as memory:
        roots = family_tree(memory, lookup.campaign(memory, campaign), depth)
    if as_json:
        views.as_json(roots)
    else:
        print_tree(roots)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One statement that only reads.")],
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="0 is all.")] = 100,
    as_json: options.Json = False,
) -> None:
    """Ask the memory in SQL; nothing can be changed by it."""
    from ..memory import asking

    with reading(db) as memory:
        answer = asking.ask(memory, query, limit=limit or None)
    if as_json:
        views.as_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
    else:
        cells = (
            [f"<{len(v)} bytes>" if isinstance(v, bytes) else v for v in row] for row in answer.rows
        )
        views.table(answer.columns, cells, empty="no rows")
    if not answer.complete:
        typer.echo(f"only the first {limit} rows: say --limit 0 for all", err=True)


for command in (upkeep.check, upkeep.migrate, upkeep.vacuum, upkeep.backup, upkeep.merge):
    app.command()(command)
app.command("export")(upkeep.export_)
app.command("import")(upkeep.import_)

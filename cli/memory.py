"""`discover memory`: browse what has been learnt."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from . import memory_upkeep as upkeep
from . import memory_views as views
from . import options
from .border import UserError, complain
from .memory_upkeep import reading
from .outputs import new_file

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Browse what has been learnt. Ids may be cut short, and names do as well.",
)
CandidateId = Annotated[str, typer.Argument(metavar="ID", help="A candidate's id or name.")]


class Kind(StrEnum):
    """What can be searched."""

    CANDIDATE = "candidate"
    IDEA = "idea"
    INSIGHT = "insight"
    KNOWLEDGE = "knowledge"
    CODE = "code"


Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")]


@app.command("list")
def list_(
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Limit = 20,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """List the campaigns, newest first."""
    from ..memory import campaigns, summaries
    from .memory_pages import campaign_table

    with reading(db) as memory:
        shown = campaigns.all_campaigns(memory)[:limit]
        found = [summaries.summarise(memory, campaign.id) for campaign in shown]
    if not views.printed(found, as_json, as_csv):
        campaign_table(found)


@app.command()
def show(
    id_: CandidateId,
    db: options.Database = options.DEFAULT_DATABASE,
    source: Annotated[bool, typer.Option("--source", help="Print the code and nothing else.")] = (
        False
    ),
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Show all that is known of a candidate; as CSV, its runs."""
    from ..memory import candidates, lookup
    from .memory_pages import candidate_page, everything_about

    with reading(db) as memory:
        candidate = lookup.candidate(memory, id_)
        if as_json or as_csv:
            everything = everything_about(memory, candidate)
            views.printed(everything, as_json, as_csv, everything["evaluations"])
        elif source:
            print("\n".join(views.code(candidates.get(memory, candidate).source)))
        else:
            candidate_page(memory, candidate)


@app.command()
def best(
    domain: Annotated[str | None, typer.Option(help="Of this domain only.")] = None,
    tier: Annotated[
        str | None, typer.Option(help="At this tier only, also one that does not rank.")
    ] = None,
    min_seeds: Annotated[int, typer.Option(min=1, help="Seen with at least so many seeds.")] = 1,
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Limit = 10,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Show the best candidates at each tier that ranks, by the median over seeds.

    The best of many is partly luck: what holds is in the claims.
    """
    from ..memory import standings
    from .memory_pages import brought_note, standing_table

    with reading(db) as memory:
        places = standings.places(memory) if tier else standings.ranked(memory)
        wanted = [(d, t) for d, t in places if domain in (None, d) and tier in (None, t)]
        if places and not wanted:
            known = ", ".join(f"{d} at {t}" for d, t in places)
            raise UserError(f"nothing has a score there; there are scores for: {known}")
        found = {
            place: standings.best(memory, *place, limit=limit, min_seeds=min_seeds)
            for place in wanted
        }
        everything = [standing for ranking in found.values() for standing in ranking]
        if views.printed(everything, as_json, as_csv):
            return
        if not found:
            print("no candidate has a score yet")
        else:
            for (d, t), ranking in found.items():
                views.heading(f"{d} at tier {t}")
                brought_note(memory, d)
                standing_table(memory, ranking)


@app.command()
def lineage(
    id_: CandidateId,
    depth: Annotated[int, typer.Option(min=1, help="Generations each way.")] = 10,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
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
    if not views.printed(relatives, as_json, as_csv):
        lineage_table(relatives)


@app.command()
def compare(
    first: CandidateId,
    second: CandidateId,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Set two candidates' scores side by side, and pair them by seed."""
    from ..memory import comparison, lookup
    from .memory_pages import comparison_table

    with reading(db) as memory:
        pair = lookup.candidate(memory, first), lookup.candidate(memory, second)
        sides = comparison.compare(memory, *pair)
    found = [{"side": side, "difference": side.difference} for side in sides]
    document = {"first": pair[0], "second": pair[1], "tiers": found}
    if not views.printed(document, as_json, as_csv, found):
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
    from ..memory import candidates, difference, lookup

    with reading(db) as memory:
        new = candidates.get(memory, lookup.candidate(memory, first))
        if second is None and not new.parents:
            raise UserError(f"{new.id} has no parent: name the candidate to compare it with")
        other = new.parents[0] if second is None else second
        old = candidates.get(memory, lookup.candidate(memory, other))
    before, after = old.source.splitlines(), new.source.splitlines()
    lines = list(difference.unified(before, after, (old.id, new.id)))
    if not views.printed({"first": new.id, "second": old.id, "diff": lines}, as_json, False):
        print("\n".join(line for raw in lines for line in views.code(raw)) or "the same code")


@app.command()
def search(
    text: Annotated[
        str, typer.Argument(metavar="WORDS", help="A design, an idea or a problem, as you say it.")
    ],
    kind: Annotated[
        list[Kind] | None, typer.Option("--kind", help="Of this kind only; may be repeated.")
    ] = None,
    domain: Annotated[str | None, typer.Option(help="Of this domain only.")] = None,
    level: Annotated[str | None, typer.Option(help="Candidates of this level only.")] = None,
    failed: Annotated[
        bool | None, typer.Option("--failed/--scored", help="Candidates that ended so.")
    ] = None,
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Of each kind.")] = 5,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Find candidates, insights and knowledge by what they say, and by their likeness to it.

    Variants of one design count as one. Then come ideas that have the very words; with
    `--kind code`, programs.
    """
    from .memory_search import hits, print_hits

    outcome = None if failed is None else "failed" if failed else "scored"
    found = hits(db, text, kind, limit, domain=domain, level=level, outcome=outcome)
    if not views.printed(found, as_json, as_csv):
        print_hits(found)


@app.command()
def clusters(
    campaign: options.CampaignId = "last",
    domain: Annotated[
        str | None, typer.Option(help="All campaigns on this domain, instead of one.")
    ] = None,
    designs: Annotated[int, typer.Option(min=0, help="Designs shown of each mechanism.")] = 0,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Show what was tried: themes, the mechanisms within them, how many and the best score."""
    from ..memory import explored, lookup
    from .memory_search import cluster_table

    with reading(db) as memory:
        if domain is not None:
            found = explored.of_domain(memory, domain)
        else:
            found = explored.of_campaign(memory, lookup.campaign(memory, campaign))
    if not views.printed(found, as_json, as_csv, explored.rows(found)):
        cluster_table(found, designs)


@app.command()
def stats(
    campaign: options.CampaignId = "last",
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Show the figures of a campaign, and what the whole memory holds."""
    from ..memory import lookup, summaries
    from .memory_pages import campaign_page

    with reading(db) as memory:
        found = summaries.summarise(memory, lookup.campaign(memory, campaign))
        totals = summaries.totals(memory)
    document = {"campaign": found, "memory": totals}
    if not views.printed(document, as_json, as_csv, [document]):
        campaign_page(found, totals)


@app.command()
def tree(
    campaign: options.CampaignId = "last",
    depth: Annotated[int, typer.Option(min=1, max=200, help="Generations to show.")] = 6,
    graphml: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=new_file,
            help="Write the whole graph, every parent, for Gephi or R.",
        ),
    ] = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Show a campaign's candidates as a tree, each under its first parent."""
    from ..memory import lookup
    from .memory_tree import family_tree, print_tree, tree_rows, write_graphml

    with reading(db) as memory:
        id_ = lookup.campaign(memory, campaign)
        if graphml is not None:
            write_graphml(memory, id_, graphml)
            return
        roots = family_tree(memory, id_, depth)
    if not views.printed(roots, as_json, as_csv, tree_rows(roots)):
        print_tree(roots)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One statement that only reads.")],
    db: options.Database = options.DEFAULT_DATABASE,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="0 is all.")] = 100,
    as_json: options.Json = False,
    as_csv: views.Csv = False,
) -> None:
    """Ask the memory in SQL; nothing can be changed by it."""
    from ..memory import asking

    with reading(db) as memory:
        answer = asking.ask(memory, query, limit=limit or None)
    found = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    if not views.printed(found, as_json, as_csv):
        cells = (
            [f"<{len(v)} bytes>" if isinstance(v, bytes) else v for v in row] for row in answer.rows
        )
        views.table(answer.columns, cells, empty="no rows")
    if not answer.complete:
        complain(f"only the first {limit} rows: say --limit 0 for all")


for command in (upkeep.check, upkeep.migrate, upkeep.vacuum, upkeep.backup, upkeep.merge):
    app.command()(command)
app.command("export")(upkeep.export_)
app.command("import")(upkeep.import_)

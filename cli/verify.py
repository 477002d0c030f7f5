"""`discover verify`: check a claim again, on seeds that nobody has seen."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def verify(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or how they begin.")],
    against: Annotated[
        str | None,
        typer.Option(metavar="REF", help="A reference of the domain; else the strongest."),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option(metavar="T", help="Else the dearest at which the campaign verified."),
    ] = None,
    seeds: Annotated[int, typer.Option(metavar="N", min=3, help="Paired seeds.")] = 3,
    first_seed: Annotated[
        int, typer.Option(min=0, help="The seeds count up from here; those stored are not rerun.")
    ] = 2000,
    db: options.Database = options.DEFAULT_DATABASE,
    domain: options.Again = None,
    slots: options.Slots = 2,
    as_json: options.Json = False,
) -> None:
    """Compare candidates with a reference on fresh paired seeds, and store the claims."""
    from ..memory import lookup, open_memory
    from ..search.lifecycle.recheck import recheck
    from ..search.limits.interrupt import interruption
    from .opponent import opponent
    from .text import plain
    from .watch import Lines

    with open_memory(db, create=False) as memory, interruption() as asked:
        found = [lookup.candidate(memory, id_) for id_ in ids]
        chosen, reference = opponent(memory, found[0], tier, against)
        if not (tier and against):
            print(f"comparing with {plain(reference)} at tier {plain(chosen)}", file=sys.stderr)
        comparisons = recheck(
            memory,
            found,
            reference,
            tier=chosen,
            seeds=seeds,
            first_seed=first_seed,
            domain=domain,
            slots=slots,
            observers=[Lines(sys.stderr)],
            stops=[asked],
        )
    if as_json:
        rows = [{**asdict(c), "holds": c.holds} for c in comparisons]
        print(json.dumps(rows, indent=2))
    else:
        for comparison in comparisons:
            print(plain(comparison.sentence(comparison.candidate_id)))
            if comparison.searched is not None:
                print(f"  {plain(comparison.searched.sentence)}")
        if not comparisons:
            print("no pair of runs was complete: nothing can be said")

"""`discover resume`: go on with a campaign."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options
from .slots import MOST_SLOTS, warn_beyond_cores

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def resume(
    campaign: Annotated[
        str | None,
        typer.Argument(
            help="An id or how it begins, or last; left out, the newest that is not done."
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="B", help="This much more than it had.")
    ] = None,
    db: options.Database = options.DEFAULT_DATABASE,
    domain: options.Again = None,
    slots: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_SLOTS,
            callback=warn_beyond_cores,
            help="Other than it had: evaluations at a time.",
        ),
    ] = None,
    target: options.Target = None,
    patience: options.Patience = None,
    stop_file: options.StopFile = None,
    log: options.Log = None,
    as_json: options.Json = False,
) -> None:
    """Go on with a campaign that was interrupted, killed, or is to have more budget."""
    from ..memory import campaigns, lookup, open_memory
    from ..search.campaign.runner import spent_of
    from ..search.lifecycle.start import newest_open, resume_campaign
    from ..search.limits.budget import Budget
    from .conduct import conduct, stop_conditions

    more = Budget.parse(budget) if budget is not None else None
    with open_memory(db, create=False) as memory:
        id_ = lookup.campaign(memory, campaign) if campaign else newest_open(memory)
        found = campaigns.get(memory, id_)
        had = Budget.parse(found.budget)
        stops = stop_conditions(found.sign, target, patience, stop_file)
        conduct(
            lambda observers, asked: resume_campaign(
                memory,
                found.id,
                more=more,
                domain=domain,
                slots=slots,
                observers=observers,
                stops=[*stops, *asked],
            ),
            had.plus(more, spent_of(memory, found.id)) if more else had,
            db=db,
            log=log,
            as_json=as_json,
            must_run=more is not None and not stops,
        )

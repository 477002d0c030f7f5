"""`discover replay`: make a campaign's decisions and runs again."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def replay(
    campaign: options.CampaignId = "last",
    decisions_only: Annotated[
        bool, typer.Option("--decisions-only", help="Leave out the runs: seconds, not hours.")
    ] = False,
    domain: options.Again = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Replay a campaign and name the first divergence, if there is any (exit code 5)."""
    from ..memory import lookup, open_memory
    from ..search.lifecycle.replay import replay
    from .border import ExitCode, complain
    from .text import plain

    def say(line: str) -> None:
        print(plain(line), file=sys.stderr, flush=True)

    with open_memory(db, create=False, read_only=True) as memory:
        id_ = lookup.campaign(memory, campaign)
        done = replay(memory, id_, runs=not decisions_only, tell=say, domain=domain)
    if as_json:
        print(json.dumps(asdict(done), indent=2))
    else:
        print(f"campaign {id_}: {done.decisions} decisions and {done.runs} runs made again")
    if done.divergence is not None:
        raise typer.Exit(complain(f"diverges at {plain(str(done.divergence))}", ExitCode.DIFFERS))
    if not as_json:
        print("all as recorded")

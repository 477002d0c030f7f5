"""`discover replay`: make a campaign's decisions and runs again."""

from __future__ import annotations

import json
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def replay(
    campaign: Annotated[str, typer.Argument(help="An id or how it begins, or last.")] = "last",
    decisions_only: Annotated[
        bool, typer.Option("--decisions-only", help="Leave out the runs: seconds, not hours.")
    ] = False,
    domain: options.Again = None,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Replay a campaign and name the first divergence, if there is any (exit code 5)."""
    from ..evaluators.registry import load_domain
    from ..memory import campaigns, lookup, open_memory
    from ..search.replay import replay
    from ..search.settings import Settings
    from ..search.start import open_executor
    from ..search.task_model import take_up
    from .border import ExitCode, complain
    from .text import plain

    with open_memory(db, create=False, read_only=True) as memory:
        id_ = lookup.campaign(memory, campaign)
        stored = campaigns.get(memory, id_)
        judge = load_domain(take_up(memory, stored, domain).spec)
        settings = replace(Settings.from_dict(stored.config), unsafe=False)
        slots = nullcontext() if decisions_only else closing(open_executor(settings, judge))
        with slots as executor:
            done = replay(memory, id_, executor, domain=domain)
    if as_json:
        print(json.dumps(asdict(done), indent=2))
    else:
        print(f"campaign {id_}: {done.decisions} decisions and {done.runs} runs made again")
    if done.divergence is not None:
        raise typer.Exit(complain(f"diverges at {plain(str(done.divergence))}", ExitCode.DIFFERS))
    if not as_json:
        print("all as recorded")

"""`discover run`: search a domain under a budget."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    domain: options.DomainName,
    budget: Annotated[
        str,
        typer.Option(
            metavar="B", help="10m, 2h, 3cpuh, 200gpuh, 50evals, $20, 2Mtok; several with commas."
        ),
    ],
    db: options.Database = options.DEFAULT_DATABASE,
    seed: Annotated[int, typer.Option(help="The same seed and one slot: the same search.")] = 0,
    slots: options.Slots = 2,
    strategy: Annotated[str, typer.Option(help="What decides what to try next.")] = "tree",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Do not start from what memory knows.")
    ] = False,
    measure_references: Annotated[
        bool,
        typer.Option("--measure-references", help="Run the references; do not take what ships."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(metavar="M", help="A language model that proposes: provider/name, or local."),
    ] = None,
    planner_model: Annotated[str | None, typer.Option(metavar="M", help="Only to plan.")] = None,
    coder_model: Annotated[str | None, typer.Option(metavar="M", help="Only to code.")] = None,
    critic_model: Annotated[str | None, typer.Option(metavar="M", help="Only to judge.")] = None,
    api_base: Annotated[
        str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")
    ] = None,
    target: options.Target = None,
    patience: options.Patience = None,
    stop_file: options.StopFile = None,
    min_isolation: options.MinIsolation = None,
    unsafe_no_sandbox: options.Unsafe = False,
    as_json: options.Json = False,
) -> None:
    """Search a domain under a budget, and report what was found."""
    from ..evaluators.registry import load_domain
    from ..memory import open_memory
    from ..search.budget import Budget
    from ..search.settings import Settings
    from ..search.start import run_campaign
    from ..search.strategies import STRATEGIES
    from .border import UserError
    from .conduct import conduct, stop_conditions
    from .text import near

    if strategy not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise UserError(f"no strategy {strategy!r}{near(strategy, STRATEGIES)} There are {known}")
    settings = Settings(
        domain=domain,
        budget=Budget.parse(budget),
        seed=seed,
        slots=slots,
        strategy=strategy,
        fresh=fresh,
        min_isolation=min_isolation or "",
        unsafe=unsafe_no_sandbox,
        measure_references=measure_references,
        models={
            key: value
            for key, value in {
                "model": model,
                "planner_model": planner_model,
                "coder_model": coder_model,
                "critic_model": critic_model,
                "api_base": api_base,
            }.items()
            if value is not None
        },
    )
    direction = load_domain(domain).objectives[0].direction
    stops = stop_conditions(direction, target, patience, stop_file)
    with open_memory(db) as memory:
        conduct(
            lambda observers, asked: run_campaign(
                settings, memory, observers=observers, stops=[*stops, *asked]
            ),
            settings.budget,
            as_json=as_json,
        )

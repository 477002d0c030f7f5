"""`discover run`: search a domain under a budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from ..harmless import shown
from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    context: typer.Context,
    domain: options.DomainName,
    budget: options.BudgetText,
    db: options.Database = options.DEFAULT_DATABASE,
    seed: options.Seed = 0,
    slots: options.Slots = 2,
    strategy: options.StrategyName = "tree",
    islands: options.Islands = 1,
    fresh: options.Fresh = False,
    measure_references: options.MeasureReferences = False,
    value_model: options.ValueModel = True,
    model: options.Model = None,
    planner_model: options.PlannerModel = None,
    coder_model: options.CoderModel = None,
    critic_model: options.CriticModel = None,
    task_model: options.TaskModel = None,
    tasks: options.Tasks = None,
    start: options.Start = None,
    api_base: options.ApiBase = None,
    target: options.Target = None,
    patience: options.Patience = None,
    stop_file: options.StopFile = None,
    log: options.Log = None,
    record: options.Record = None,
    replies: options.Replies = None,
    min_isolation: options.MinIsolation = None,
    unsafe_no_sandbox: options.Unsafe = False,
    as_json: options.Json = False,
) -> None:
    """Search a domain under a budget, and report what was found."""
    from ..evaluators.registry import load_domain
    from ..memory import open_for_campaign
    from ..search.lifecycle.start import run_campaign
    from ..search.limits.budget import Budget
    from ..search.setup.settings import Settings
    from .border import UserError
    from .conduct import conduct, stop_conditions
    from .recording import read_replies, recording_to

    if fault := strategy_fault(strategy):
        raise UserError(fault)
    recording = read_replies(replies) if replies else None
    models = _models(context)
    if recording is not None:
        models = models or dict(recording.models)
        if not models:
            raise UserError(f"{replies} holds replies of no model: nothing would be asked")
    settings = Settings(
        domain=domain,
        budget=Budget.parse(budget),
        seed=seed,
        slots=slots,
        strategy=strategy,
        islands=islands,
        fresh=fresh,
        min_isolation=min_isolation or "",
        unsafe=unsafe_no_sandbox,
        measure_references=measure_references,
        value_model=value_model,
        programs=_programs(start or []),
        tasks=str(tasks.resolve()) if tasks else "",
        models=models,
    )
    stops = stop_conditions(load_domain(domain).objectives[0].sign, target, patience, stop_file)
    with open_for_campaign(db) as memory, recording_to(record, memory, models) as begun:
        conduct(
            lambda observers, asked: run_campaign(
                settings,
                memory,
                observers=[*begun, *observers],
                stops=[*stops, *asked],
                recording=recording,
            ),
            settings.budget,
            db=db,
            log=log,
            as_json=as_json,
        )


def _models(context: typer.Context) -> dict[str, Any]:
    """What is set of language models: by files, and over them by flags and environment."""
    from .configuration import MODEL_FLAGS

    names = [flag.replace("-", "_") for flag in MODEL_FLAGS]
    given = {name: context.params[name] for name in names}
    files = context.obj.models if context.obj is not None else {}
    found = {name: setting.value for name, setting in files.items()}
    found |= {name: value for name, value in given.items() if value is not None}
    named = any(name.endswith("model") for name in found)
    return dict(sorted(found.items())) if named else {}


def _programs(files: Sequence[Path]) -> dict[str, str]:
    """The sources of `files` by their names; two of one name are one too many."""
    from .border import UserError, users_program

    found: dict[str, str] = {}
    for file in files:
        if file.stem in found:
            raise UserError(f"--start names two files called {file.stem}")
        found[file.stem] = users_program(file)
    return found


def strategy_fault(name: str) -> str | None:
    """Why there is no search by the strategy called `name`, or None."""
    from ..search.strategies import STRATEGIES
    from .text import near

    if name in STRATEGIES:
        return None
    hint = near(name, STRATEGIES)
    there = f"{hint} There" if hint else "; there"
    return f"no strategy {shown(name)}{there} are {', '.join(STRATEGIES)}"

"""`discover evaluate`: judge one source file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="A Python file that fulfils the domain's contract.")],
    domain: options.DomainName,
    tier: Annotated[str, typer.Option(metavar="T", help="See `discover domains`; or gate.")],
    seeds: options.SeedCount = 1,
    task_model: options.TaskModel = None,
    tasks: options.Tasks = None,
    api_base: options.ApiBase = None,
    slots: options.Slots = 2,
    min_isolation: options.MinIsolation = None,
    unsafe_no_sandbox: options.Unsafe = False,
    as_json: options.Json = False,
) -> None:
    """Put a file through the gates, then run it at a tier. Nothing is stored.

    Its score is shown beside those of the references, where these ship with the domain.
    """
    from ..evaluators.registry import load_domain
    from ..evaluators.report import judge
    from ..evaluators.slots import open_slots
    from ..search.setup.task_model import prepare_unrecorded
    from ..space import Candidate, Status
    from .border import ExitCode, UserError, complain, users_program
    from .judge import describe, reference_scores
    from .watch import progress_line

    source = users_program(file)
    try:
        candidate = Candidate.from_source(source, name=file.name)
    except (SyntaxError, ValueError) as error:
        raise UserError(f"{file} is not Python: {error}") from error
    prepare_unrecorded(domain, task_model, str(tasks or ""), api_base)
    loaded = load_domain(domain)
    opened = open_slots(loaded, slots, min_isolation=min_isolation or "", unsafe=unsafe_no_sandbox)
    with opened as executor, progress_line() as tell:
        report = judge(domain, candidate, tier, range(seeds), executor, tell)
    if as_json:
        known = reference_scores(loaded, tier)
        print(json.dumps({**report.to_dict(), "references": known}, indent=2))
    else:
        print(describe(report, loaded))
    if report.status is not Status.OK:
        line = f"{file} {report.status}: {report.reason}"
        raise typer.Exit(complain(line, ExitCode.USER_ERROR))

"""`discover bench value`: measure the value model on tables against its baselines."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ..harmless import shown
from .border import UserError, users_file
from .options import MOST_REPEATS, Json, TablesFolder, TableSpecs
from .outputs import new_file
from .tables import named_specs

if TYPE_CHECKING:
    import numpy as np

    from ..evaluators.tabular import TabularDomain
    from ..value_model.bench import Bench, Problem, Trial


def bench_value(
    table: TableSpecs = None,
    sizes: Annotated[str, typer.Option("--sizes", metavar="N,N", help="Training rows.")] = "50",
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=MOST_REPEATS)] = 10,
    splits: Annotated[
        str, typer.Option("--splits", metavar="A,B", help="Of random, groups, near-best.")
    ] = "random,groups",
    groups: Annotated[
        str, typer.Option("--groups", metavar="COLUMN", help="The classes that `groups` keeps.")
    ] = "iso",
    methods: Annotated[
        str, typer.Option("--baselines", metavar="A,B", help="Baselines; all if left out.")
    ] = "",
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Add the model without each family, and with it alone.")
    ] = False,
    tables: TablesFolder = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", callback=new_file, help="Write every trial as JSON lines."
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Compare predictors of scores: rank correlation after 10 to 400 results."""
    from ..value_model import bench, bench_report
    from ..value_model.baselines import REGRESSORS
    from ..value_model.features import FAMILIES

    models = {bench.OURS: tuple(FAMILIES)} | (bench.ablations() if ablate else {})
    plan = bench.Bench(
        sizes=_numbers(sizes),
        seeds=range(seeds),
        splits=_chosen("--splits", splits, bench.SPLITS),
        baselines=_chosen("--baselines", methods, REGRESSORS),
        models=models,
    )
    paths = [path for _, path in named_specs(table)]
    trials = _trials(plan, paths, groups, tables)
    if not trials:
        raise UserError(
            "no trial is possible: expected tables with as many rows as --sizes and "
            f"{bench.FEWEST_ASKED} others to ask about, and with the column of --groups; got "
            f"{', '.join(path.stem for path in paths)} with --sizes {sizes}, --splits {splits}, "
            f"--groups {groups}"
        )
    if out is not None:
        with users_file(out):
            out.write_text("".join(json.dumps(asdict(trial)) + "\n" for trial in trials))
    print(json.dumps([asdict(t) for t in trials]) if json_ else bench_report.markdown(trials))


def _trials(plan: Bench, paths: Sequence[Path], groups: str, tables: Path | None) -> list[Trial]:
    """All trials of `plan` on the tables of `paths`."""
    from ..evaluators.tabular import TabularDomain

    trials: list[Trial] = []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("tables", total=len(paths))
        for path in paths:
            problem = _problem(TabularDomain.load(path, tables), groups, path, tables)
            try:
                trials += plan.run(problem)
            except ImportError as error:
                hint = "pip install 'archdiscover[baselines]', or choose others with --baselines"
                raise UserError(f"a baseline is not installed ({error.name}): {hint}") from error
            progress.advance(bar)
    return trials


def _numbers(text: str) -> Sequence[int]:
    try:
        found = list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        found = []
    if not found or min(found) < 2:
        raise UserError(f"--sizes: expected whole numbers from 2 such as 50,100; got {shown(text)}")
    return found


def _chosen(option: str, text: str, known: Collection[str]) -> Sequence[str]:
    names = list(dict.fromkeys(text.split(",") if text else known))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(f"{option}: no {shown(unknown[0])}; expected some of {', '.join(known)}")
    return names


def _problem(domain: TabularDomain, groups: str, spec: Path, tables: Path | None) -> Problem:
    from ..space import Level
    from ..value_model import Sample
    from ..value_model.bench import Problem

    table, space = domain.table, domain.space

    def sample(row: int) -> Sample:
        candidate = domain.candidate(table.genomes[row])
        return Sample(candidate, domain=domain.name, tier="standard", free=domain.free(candidate))

    def neighbours(row: int, rng: np.random.Generator) -> Sequence[int]:
        draw = Random(int(rng.integers(2**32)))
        around = space.neighbours(table.genomes[row], Level.NODE, draw)
        return [space.index[genome] for genome in around]

    column = _column(domain, groups, spec, tables)
    return Problem(table.name, table.scores, sample, neighbours, column)


def _column(domain: TabularDomain, name: str, spec: Path, tables: Path | None) -> np.ndarray | None:
    """A column of the table's file as text; None where it has none by that name."""
    import numpy as np

    from ..evaluators.tabular import find_table, folders, table_text

    path = find_table(domain.spec, folders(spec, tables))
    rows = list(csv.DictReader(table_text(path)))
    if name not in rows[0]:
        return None
    if len(rows) != len(domain.table):
        raise UserError(f"--groups {name}: {path.name} has duplicates, so rows do not match")
    return np.array([row[name] for row in rows])

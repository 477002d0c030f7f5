"""`discover bench`: measure searches against published baselines on tables."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ..harmless import shown
from .border import UserError, require_regular_file, users_file
from .options import MOST_REPEATS, TablesFolder, TableSpecs
from .outputs import new_file
from .tables import named_specs
from .text import near, plain
from .value_bench import bench_value

if TYPE_CHECKING:
    from ..search.bench.basis import Bases
    from ..search.bench.methods import Method
    from ..search.bench.suite import Task

app = typer.Typer(
    name="bench", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def bench() -> None:
    """Measure searches on tables of architectures that others trained."""


app.command("value")(bench_value)


@app.command("search")
def bench_search(
    table: TableSpecs = None,
    strategy: Annotated[
        str, typer.Option("--strategies", metavar="A,B", help="Which to compare; all if left out.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="The tree's value model.")] = "value",
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Add the tree with one part taken away at a time.")
    ] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=MOST_REPEATS, help="How many.")] = 30,
    first_seed: Annotated[
        int, typer.Option("--first-seed", min=0, help="The others follow it, one by one.")
    ] = 0,
    queries: Annotated[int, typer.Option("--queries", min=1, max=MOST_REPEATS)] = 200,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 2,
    tables: TablesFolder = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="JSON lines; a run in it is not repeated.")
    ] = Path("bench-search.jsonl"),
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", callback=new_file, help="Write the curves as HTML."),
    ] = None,
) -> None:
    """Compare search strategies: regret after 10 to 200 queries, with paired intervals.

    They are those to the tree, or to the first of --strategies where the tree is not among them.
    """
    from ..search.bench import regret_plot, results, suite
    from ..search.bench.basis import bases, comparable
    from ..search.bench.markdown import markdown
    from ..search.bench.methods import TREE

    chosen = _methods(strategy, model, ablate)
    named = named_specs(table)
    require_regular_file(out, "the runs of a benchmark")
    with users_file(out):
        stored = results.read(out)
    now = bases(named, tables, chosen)
    done = set(comparable(stored, now))
    each = range(first_seed, first_seed + seeds)
    tasks = suite.plan(named, tables, chosen, each, queries, done)
    suite.check(tasks)
    methods = [method.name for method in chosen]
    asked = set(product((name for name, _ in named), methods, each, [queries]))
    if taken := len(asked & done):
        print(f"{taken} of {len(asked)} runs taken from {plain(str(out))}", file=sys.stderr)
    _work_off(tasks, workers, out, now)
    runs = [run for key, run in comparable(results.read(out), now).items() if key in asked]
    print(markdown(runs, TREE if TREE in methods else methods[0]))
    if plot is not None:
        with users_file(plot):
            regret_plot.plot(runs, plot)


def _work_off(tasks: list[Task], workers: int, out: Path, now: Bases) -> None:
    from ..search.bench import results, suite

    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("searches", total=sum(len(task.seeds) for task in tasks))
        for runs in suite.work_off(tasks, min(workers, max(len(tasks), 1))):
            with users_file(out):
                results.append(out, [replace(r, basis=now[r.table, r.method]) for r in runs])
            progress.advance(bar, len(runs))


def _methods(names: str, model: str, ablate: bool) -> list[Method]:
    from ..search.bench.methods import MODELS, methods

    if model not in MODELS:
        raise UserError(f"--model: expected one of {', '.join(MODELS)}, got {shown(model)}")
    known = methods(model, ablations=True)
    if not names:
        return list(methods(model, ablations=ablate).values())
    wanted = dict.fromkeys(name.strip() for name in names.split(","))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        hint = near(unknown[0], known)
        expected = f"{hint} Expected" if hint else "; expected"
        raise UserError(
            f"--strategies: no {shown(unknown[0])}{expected} some of {', '.join(known)}"
        )
    return [known[name] for name in wanted]

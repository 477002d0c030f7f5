"""`discover calibrate`: measure what a domain's scores are measured against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options

if TYPE_CHECKING:
    from ..evaluators.linear_attention.calibrate import Progress
    from ..evaluators.linear_attention.calibration import Spread

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def calibrate(
    domain: options.DomainName = "linear-attention",
    tier: Annotated[
        list[str] | None,
        typer.Option(metavar="T", help="May be given several times.  [default: quick]"),
    ] = None,
    seeds: options.SeedCount = 3,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what is known.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Other than the file that ships.")
    ] = None,
    slots: options.Slots = 2,
) -> None:
    """Measure identity, floors and references over seeds, and write the figures.

    Takes about as long as a run of every reference at every tier and seed; stopped, it
    goes on where it was.
    """
    from ..evaluators.evaluate import find_tier
    from ..evaluators.linear_attention.calibrate import calibrate as measure
    from ..evaluators.linear_attention.calibration import PATH
    from ..evaluators.linear_attention.domain import LinearAttention
    from ..evaluators.registry import load_domain
    from ..evaluators.slots import open_slots
    from .border import UserError, users_file
    from .outputs import new_file

    judge = load_domain(domain)
    if not isinstance(judge, LinearAttention):
        raise UserError(f"{domain} has nothing to calibrate: only linear-attention does")
    tiers = [find_tier(judge, name).name for name in tier or ["quick"]]
    path = (new_file(to) if fresh else to) or PATH
    with users_file(path), open_slots(judge, slots) as executor:
        calibration = measure(
            executor,
            judge.references,
            tiers,
            range(seeds),
            path=path,
            fresh=fresh,
            report=_report,
        )
    for name in tiers:
        print(f"\n{name}: median score and its standard deviation over seeds")
        _show(calibration.table(name))
    print(f"\nwritten to {path}")


def _report(progress: Progress) -> None:
    words = progress.error or f"{progress.cpu_s:.1f} CPU-s"
    run = f"{progress.tier} {progress.reference} seed {progress.seed}"
    print(f"{progress.done}/{progress.total}  {run}: {words}", flush=True)


def _show(table: Mapping[str, Mapping[str, Spread]]) -> None:
    width = max(map(len, table))
    for name, row in table.items():
        score = row["score"]
        print(f"  {name:<{width}}  {score.median:.3f}  {score.std:.3f}  {score.seeds} seeds")

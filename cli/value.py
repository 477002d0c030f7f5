"""`discover value`: what the value model knows, and what it expects."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .border import UserError, program_bytes, require_regular_file, users_file
from .options import Database, Json
from .outputs import new_file
from .text import plain

if TYPE_CHECKING:
    from ..search.report.trained import TrainedModel
    from ..value_model import Sample

app = typer.Typer(
    name="value", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Domain = Annotated[
    str,
    typer.Option("--domain", metavar="NAME|FILE", help="Whose results, where there are several."),
]
TierName = Annotated[
    str, typer.Option("--tier", metavar="T", help="Of which tier, where there are several.")
]
From = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE", help="A memory, or a data set that `train` wrote."),
]


@app.callback()
def value() -> None:
    """Ask the model that decides which proposals are worth running."""


@app.command()
def report(
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            callback=new_file,
            help="Draw predicted against measured, in HTML.",
        ),
    ] = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Show predicted against measured scores of each campaign in the memory."""
    from ..memory import campaigns, open_memory, predictions
    from ..search.report.hindsight import worth

    with open_memory(db, create=False, read_only=True) as memory:
        found = [
            (campaign, hindsight, judged)
            for campaign in campaigns.all_campaigns(memory)
            for judged in [predictions.judged(memory, campaign.id)]
            if (hindsight := worth(memory, campaign.id, judged)) is not None
        ]
    if plot is not None:
        from ..search.report.hindsight_plot import draw

        with users_file(plot):
            draw({f"{c.domain} {c.id}": judged for c, _, judged in found}, plot)
    if as_json:
        print(
            json.dumps([{"campaign": c.id, "domain": c.domain, **asdict(h)} for c, h, _ in found])
        )
        return
    if not found:
        print(f"{db}: no campaign has predictions of a value model yet")
    for campaign, hindsight, _ in found:
        print(f"{campaign.id}  {plain(campaign.domain)}  {plain(hindsight.sentence)}")


@app.command()
def train(
    domain: Domain = "",
    tier: TierName = "",
    sources: From = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", callback=new_file, help="Write the data set, gzipped."
        ),
    ] = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Learn from memories and data sets, and say how well it ranks results held back."""
    trained = _train(sources or [db], domain, tier)
    if out is not None:
        with users_file(out):
            trained.data.save(out)
    print(json.dumps(trained.summary()) if as_json else plain(trained.words()))


@app.command()
def predict(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Candidates' sources.")],
    domain: Domain = "",
    tier: TierName = "",
    sources: From = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Predict the scores of source files from what was learnt. Nothing of them is run.

    Scores are turned so that higher is better: those to be minimised are negative.
    """
    asked = [_read(path) for path in files]
    trained = _train(sources or [db], domain, tier)
    predictions = trained.model.predict([trained.ask(source) for source in asked])
    if as_json:
        rows = [
            {"file": str(path), "mean": p.mean, "spread": p.spread}
            for path, p in zip(files, predictions, strict=True)
        ]
        print(json.dumps({**trained.summary(), "predictions": rows}))
        return
    print(plain(trained.words(bare=True)))
    for path, p in zip(files, predictions, strict=True):
        print(f"{p.mean:.4g} +- {p.spread:.2g}  {plain(str(path))}")


def _train(sources: list[Path], domain: str, tier: str) -> TrainedModel:
    from ..search.report.trained import CannotTrain, train

    pairs = [pair for path in sources for pair in _pairs(path)]
    try:
        return train(pairs, domain, tier, ", ".join(map(str, sources)))
    except CannotTrain as error:
        raise UserError(str(error)) from None


def _pairs(path: Path) -> list[tuple[Sample, float]]:
    from ..memory import open_memory
    from ..search.report.value_dataset import value_dataset
    from ..value_model.dataset import Dataset

    require_regular_file(path, "a memory or a data set")
    with users_file(path), path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    if gzipped:
        data = Dataset.load(path)
    else:
        with open_memory(path, create=False, read_only=True) as memory:
            data = value_dataset(memory)
    return list(zip(data.samples, data.scores, strict=True))


def _read(path: Path) -> str:
    """The file's text, whatever its bytes: features read it, nothing runs it."""
    return program_bytes(path).decode("utf-8", "surrogateescape")

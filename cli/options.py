"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .outputs import log_file, new_file
from .slots import MOST_SLOTS, warn_beyond_cores

DEFAULT_DATABASE = Path("discover.db")
MOST_ISLANDS = 16
"""As that of search/strategies/islands.py, which is slow to import."""
MOST_REPEATS = 10_000
"""Of seeds or queries: more would fill the machine's memory before the first is done."""


class Isolation(StrEnum):
    """Levels that can be demanded of the sandbox, strongest first."""

    S3 = "S3"
    S2 = "S2"
    S1 = "S1"


READ_FROM = "discover.memories"
"""Where click's context holds the paths of the memories that a command was given."""


def reads(ctx: typer.Context, path: Path) -> Path:
    """Note that the command reads the memory at `path`; see `border.explained`."""
    ctx.meta.setdefault(READ_FROM, []).append(path)
    return path


SeedCount = Annotated[
    int,
    typer.Option("--seeds", metavar="N", min=1, max=MOST_REPEATS, help="Seeds 0 to N - 1."),
]
TableSpecs = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="SPEC", help="A spec file, or the name of one of ours."),
]
TablesFolder = Annotated[
    Path | None,
    typer.Option("--tables", metavar="DIR", help="Where they lie, if not in $DISCOVER_TABLES."),
]
AskedModel = Annotated[
    str | None,
    typer.Option("--model", metavar="M", envvar="DISCOVER_MODEL", help="provider/name."),
]
Database = Annotated[
    Path,
    typer.Option(
        "--db",
        metavar="FILE",
        envvar="DISCOVER_DB",
        show_default=True,
        callback=reads,
        help="The memory: one SQLite file, made where there is none.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
CampaignId = Annotated[
    str,
    typer.Argument(metavar="[CAMPAIGN]", help="An id or how it begins; the latest if left out."),
]
DomainName = Annotated[
    str,
    typer.Option(
        "--domain", metavar="NAME|FILE", help="See `discover domains`, or a .py or .yaml file."
    ),
]
Again = Annotated[
    str | None,
    typer.Option(
        "--domain", metavar="FILE", help="Its domain's file, where nobody named it here before."
    ),
]
Slots = Annotated[
    int,
    typer.Option(
        "--slots",
        min=1,
        max=MOST_SLOTS,
        callback=warn_beyond_cores,
        help="Evaluations at a time, each on one thread.",
    ),
]
MinIsolation = Annotated[
    Isolation | None,
    typer.Option("--min-isolation", help="Refuse to run candidates in a weaker sandbox."),
]
Unsafe = Annotated[
    bool,
    typer.Option("--unsafe-no-sandbox", help="Allow candidates to run with no isolation at all."),
]
Target = Annotated[
    float | None, typer.Option("--target", metavar="X", help="Stop at a score this good.")
]
Patience = Annotated[
    int | None,
    typer.Option("--patience", metavar="N", min=1, help="Stop after N scores without a new best."),
]
StopFile = Annotated[
    Path | None, typer.Option("--stop-file", metavar="FILE", help="Stop when this file appears.")
]
Log = Annotated[
    Path | None,
    typer.Option(
        "--log", metavar="FILE", callback=log_file, help="Append every event, as JSON lines."
    ),
]
BudgetText = Annotated[
    str,
    typer.Option(
        "--budget",
        metavar="B",
        help="10m, 2h, 3cpuh, 200gpuh, 50evals, $20, 2Mtok; several with commas.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="The same seed and one slot: the same search.")]
StrategyName = Annotated[str, typer.Option("--strategy", help="What decides what to try next.")]
Islands = Annotated[
    int,
    typer.Option(
        "--islands",
        metavar="N",
        min=1,
        max=MOST_ISLANDS,
        help="Populations to keep apart, as islands.",
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Do not start from what memory knows.")]
MeasureReferences = Annotated[
    bool,
    typer.Option("--measure-references", help="Run the references; do not take what ships."),
]
ValueModel = Annotated[
    bool,
    typer.Option("--value-model/--no-value-model", help="A value model chooses among proposals."),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="M", help="A language model that proposes: provider/name, or local."
    ),
]
PlannerModel = Annotated[
    str | None, typer.Option("--planner-model", metavar="M", help="Only to plan.")
]
CoderModel = Annotated[str | None, typer.Option("--coder-model", metavar="M", help="Only to code.")]
CriticModel = Annotated[
    str | None, typer.Option("--critic-model", metavar="M", help="Only to judge.")
]
TaskModel = Annotated[
    str | None,
    typer.Option("--task-model", metavar="M", help="The language model inside the workflows."),
]
Tasks = Annotated[
    Path | None,
    typer.Option(
        "--tasks", metavar="FILE", help="Questions of your own, as JSON lines, for workflows."
    ),
]
Start = Annotated[
    list[Path] | None,
    typer.Option(
        "--start",
        metavar="FILE",
        help="A program of your own to start from and to beat; may be given again.",
    ),
]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", metavar="URL", help="An OpenAI-compatible endpoint.")
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="FILE",
        callback=new_file,
        help="Write what language models said to a new file.",
    ),
]
Replies = Annotated[
    Path | None,
    typer.Option(
        "--replies", metavar="FILE", help="Ask no model: take its replies from a recorded file."
    ),
]

"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_DATABASE = Path("discover.db")


class Isolation(StrEnum):
    """Levels that can be demanded of the sandbox, strongest first."""

    S3 = "S3"
    S2 = "S2"
    S1 = "S1"


Database = Annotated[
    Path,
    typer.Option(
        "--db",
        metavar="FILE",
        envvar="DISCOVER_DB",
        show_default=True,
        help="The memory: one SQLite file, made where there is none.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
DomainName = Annotated[
    str,
    typer.Option(
        "--domain", metavar="NAME|FILE", help="What to search: see `discover domains`, or a file."
    ),
]
Slots = Annotated[
    int, typer.Option("--slots", min=1, help="Evaluations at a time, each on one thread.")
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

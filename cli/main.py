"""The `discover` command."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import Annotated

import typer

from .. import __version__
from .lazy import LazyGroup

app = typer.Typer(
    cls=LazyGroup,
    name="discover",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    options_metavar="--domain NAME|FILE --budget B [OPTIONS]",
    subcommand_metavar="| COMMAND [ARGS]...",
    epilog="Example: discover --domain linear-attention --budget 10m",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"discover {__version__}")
        raise typer.Exit()


@app.callback()
def discover(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Search for better neural architectures and workflows under a budget."""


def main() -> None:
    """The command; raises SystemExit."""
    typer.main.get_command(app).main(prog_name="discover")


def enter() -> None:
    """The entry point of the installed command: `main`, and then out.

    A model's reply that nobody waits for any more has a thread that may never end, and that
    can keep Python from ending: what is to be said was said, so it is left behind.
    """
    try:
        main()
    except SystemExit as ended:
        if threading.active_count() == 1:
            raise
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 0)


if __name__ == "__main__":
    enter()

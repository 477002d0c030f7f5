"""The `discover` command."""

from __future__ import annotations

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
    """The entry point of the installed command."""
    typer.main.get_command(app).main(prog_name="discover")


if __name__ == "__main__":
    main()

"""`discover export`: a candidate's code and card, to keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def export(
    candidate: Annotated[
        str, typer.Argument(help="The candidate's id, how it begins, or its name.")
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Made where it does not exist.")],
    db: options.Database = options.DEFAULT_DATABASE,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a candidate's code, and a card of what is known about it, to a folder."""
    from ..memory import lookup, open_memory
    from .border import UserError, users_file
    from .card import describe

    with open_memory(db, read_only=True) as memory:
        export_ = describe(memory, lookup.candidate(memory, candidate))
    files = {
        to / f"{export_.module}.py": export_.source,
        to / f"{export_.module}.md": export_.card,
    }
    taken = [path for path in files if path.exists()]
    if taken and not force:
        raise UserError(f"{taken[0]} exists: name another folder, or say --force")
    with users_file(to):
        to.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    for path in files:
        print(path)

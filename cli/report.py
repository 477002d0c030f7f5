"""`discover report`: a campaign as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import options
from .border import UserError, users_file
from .browse import limits
from .memory_upkeep import reading
from .outputs import new_report

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def report(
    campaign: options.CampaignId = "last",
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", callback=new_report, help="A name in .html or .md."),
    ] = Path("report.html"),
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Write a campaign up as one file that needs nothing else: HTML or Markdown."""
    from ..memory.browse.report import as_html, as_markdown

    writers = {".html": as_html, ".md": as_markdown}
    if to.suffix not in writers:
        raise UserError(f"{to}: expected a name that ends in .html or .md")
    with reading(db) as memory:
        text = writers[to.suffix](memory, campaign, limits)
    with users_file(to):
        to.write_text(text, encoding="utf-8")
    print(f"wrote {to}")

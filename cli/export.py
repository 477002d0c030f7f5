"""`discover export`: a candidate's code and card, to keep."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options

if TYPE_CHECKING:
    from ..space import Candidate
    from .card import Export

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
    from ..memory import campaigns, candidates, lookup, open_memory
    from .border import UserError, users_file
    from .card import describe

    with open_memory(db, read_only=True) as memory:
        id_ = lookup.candidate(memory, candidate)
        export_ = describe(memory, id_)
        origin = candidates.proposals_of(memory, id_)[0]
        domain = campaigns.get(memory, origin.campaign).domain
    found = _files(domain, export_, origin.candidate)
    files = {to / path: text for path, text in found.items()}
    taken = [path for path in files if path.exists()]
    if taken and not force:
        raise UserError(f"{taken[0]} exists: name another folder, or say --force")
    with users_file(to):
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in files:
        print(path)


def _files(domain: str, export_: Export, candidate: Candidate) -> Mapping[str, str]:
    """Files by their paths in the folder; more than two where the domain packs them itself."""
    from ..evaluators.domain import Packaged
    from ..evaluators.registry import domain_names, load_domain

    packer = load_domain(domain) if domain in domain_names() else None
    if isinstance(packer, Packaged):
        return packer.package(candidate, export_.source, export_.card)
    return {f"{export_.module}.py": export_.source, f"{export_.module}.md": export_.card}

"""The commands of `discover memory` that look after the file: check, copy, move, merge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import memory_views as views
from . import options
from .border import ExitCode, UserError, complain, users_file
from .outputs import new_file

if TYPE_CHECKING:
    from ..memory import Memory


DATABASE = b"SQLite format 3\0"
"""How a file of SQLite begins."""

Trust = Annotated[
    bool,
    typer.Option("--trust", help="Count its scores as if measured here: for a memory of your own."),
]


def reading(db: Path) -> AbstractContextManager[Memory]:
    """The memory at `db`, only to be read."""
    from ..memory import open_memory

    return open_memory(db, read_only=True)


def writing(db: Path) -> AbstractContextManager[Memory]:
    """The memory at `db`, which must exist."""
    from ..memory import open_memory

    return open_memory(db, create=False)


def check(db: options.Database = options.DEFAULT_DATABASE, as_json: options.Json = False) -> None:
    """Look for damage, for figures that do not add up, and for campaigns without settings.

    Exit code 5 where there is any.
    """
    from ..memory.errors import TamperedDatabase

    try:
        problems = _problems(db)
    except TamperedDatabase as fault:
        problems = list(fault.differences)
    if as_json:
        views.print_json({"sound": not problems, "problems": problems})
    else:
        print("\n".join(map(views.plain, problems)) if problems else "sound")
    if problems:
        raise typer.Exit(ExitCode.DIFFERS)


def _problems(db: Path) -> list[str]:
    from ..memory.campaigns import all_campaigns
    from ..memory.check import check as problems_of
    from ..memory.check import stale_indices
    from ..memory.errors import CannotWrite
    from ..search.setup.settings import unreadable

    with reading(db) as memory:
        # Rows that hold what no Discover writes cannot be read as campaigns.
        problems = problems_of(memory) or unreadable(all_campaigns(memory))
    if problems:
        return problems
    try:
        with writing(db) as memory:
            return stale_indices(memory)
    except CannotWrite:
        complain("the text indices were not checked: that needs a writable file")
        return []


def migrate(db: options.Database = options.DEFAULT_DATABASE) -> None:
    """Bring a memory of an older version up to this one; a backup stays beside it."""
    before = set(db.parent.glob(f"{db.name}.v*.bak*"))
    with writing(db):
        made = sorted(set(db.parent.glob(f"{db.name}.v*.bak*")) - before)
    print(f"migrated; the backup is {made[0]}" if made else "nothing to migrate")


def vacuum(db: options.Database = options.DEFAULT_DATABASE) -> None:
    """Give unused space back to the disk."""
    from ..memory.store import vacuum as vacuum_memory

    with writing(db) as memory:
        before, after = vacuum_memory(memory)
    print(f"{before:,} bytes before, {after:,} after")


def backup(
    to: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Copy the memory, whole and of one moment, while campaigns may go on."""
    from ..memory.schema import back_up

    if to.exists():
        raise UserError(f"{to} exists: name a new file")
    if not to.parent.is_dir():
        raise UserError(f"the folder {to.parent} does not exist")
    with reading(db) as memory, memory.guarded():
        print(back_up(memory.connection, to))


def export_(
    to: Annotated[
        Path,
        typer.Argument(metavar="FILE", callback=new_file, help="A new file of JSON lines."),
    ],
    db: options.Database = options.DEFAULT_DATABASE,
) -> None:
    """Write the whole memory as JSON lines."""
    from ..memory.transfer import export_lines

    with reading(db) as memory, users_file(to), to.open("x", encoding="ascii") as file:
        for line in export_lines(memory):
            file.write(line + "\n")
    print(to)


def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")],
    trust: Trust = False,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Take over campaigns from JSON lines, all or nothing.

    Their scores are shown with where they come from, and count for nothing here: no search
    starts from them, and `discover verify` runs a candidate again.
    """
    from ..memory import open_for_campaign
    from ..memory.transfer import import_lines, lines_of
    from .memory_pages import taken_over

    _require_no_memory(source)
    with (
        _named(source),
        users_file(source),
        source.open(encoding="utf-8") as file,
        open_for_campaign(db) as memory,
    ):
        taken = import_lines(memory, lines_of(file), "" if trust else source.name)
    taken_over(taken, as_json)


def _require_no_memory(source: Path) -> None:
    """What `import` reads are JSON lines, and a memory itself is for `merge`."""
    with users_file(source):
        if not source.is_file():  # what is read from a pipe is gone
            return
        with source.open("rb") as file:
            is_database = file.read(len(DATABASE)) == DATABASE
    if is_database:
        raise UserError(
            f"{source} is a database and no JSON lines: `discover memory merge` takes over a memory"
        )


@contextmanager
def _named(source: Path) -> Iterator[None]:
    """Around taking over what `source` holds: what is wrong with that names it."""
    from ..memory.transfer import CannotImport

    try:
        yield
    except CannotImport as error:
        raise UserError(f"{source}: {error}") from error


def merge(
    other: Annotated[
        Path,
        typer.Argument(metavar="OTHER.db", help="Another memory.", callback=options.reads),
    ],
    trust: Trust = False,
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Take over the campaigns of another memory, all or nothing.

    As with `import`, their scores count for nothing here unless you say `--trust`.
    """
    from ..memory import open_for_campaign, transfer
    from .memory_pages import taken_over

    with _named(other), reading(other) as source, open_for_campaign(db) as memory:
        taken = transfer.merge(memory, source, "" if trust else other.name)
    taken_over(taken, as_json)

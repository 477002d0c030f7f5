"""The web view as an ASGI application: Datasette on the live file, with our pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted
from datasette.plugins import pm

from ..store import open_memory
from . import plugin
from .finding import Finder
from .guard import App, Guard
from .plugin import TABLES

HERE = Path(__file__).parent
SETTINGS = {
    "allow_download": False,  # of a file that a campaign is writing to
    "suggest_facets": False,  # counts every column of a table that may be large
    "default_page_size": 50,
    "max_returned_rows": 10_000,
    "sql_time_limit_ms": 5000,
}

Limits = Callable[[str], Mapping[str, float]]
"""Reads a campaign's budget: the limit of each unit."""


def application(path: Path, *, limits: Limits, token: str | None = None, keep: bool = False) -> App:
    """The whole of the web view of the memory at `path`; no request ever writes.

    Without `token` it answers only to loopback names. `keep` lets it store, once at the
    start, the vectors of texts that have none yet. Raises a MemoryFault where there is no
    memory at `path`, or none that this version reads.
    """
    open_memory(path, read_only=True).close()
    if not pm.is_registered(plugin):
        pm.register(plugin, name="discover")
    datasette = BrowsedMemory(path, limits, Finder(path, keep))
    datasette.finder.prepare()
    return Guard(datasette.app(), token=token, tables=TABLES)


class BrowsedMemory(Datasette):
    """A Datasette that knows which memory it shows."""

    def __init__(self, path: Path, limits: Limits, finder: Finder) -> None:
        super().__init__(
            files=[],
            template_dir=str(HERE / "templates"),
            static_mounts=[("discover-static", str(HERE / "static"))],
            settings=SETTINGS,
            metadata=METADATA,
            pdb=False,
        )
        self.path = path
        self.limits = limits
        self.finder = finder
        self.remove_database("_memory")
        self.add_database(Tables(self, path=str(path), is_mutable=True), name=TABLES)


class Tables(Database):
    """The file, without the tables inside of text indices, and counted at once.

    Rows are never deleted, so the last one's number counts them; a table without numbers
    would have to be read whole, and goes uncounted.
    """

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        names = [name for name in await self.table_names() if "_fts" not in name]
        return {name: await self._count(name) for name in names}

    async def execute(self, sql: str, *arguments: Any, **options: Any) -> Any:
        whole = _WHOLE.fullmatch(sql)
        if whole is None:
            return await super().execute(sql, *arguments, **options)
        if not await self._numbered(whole[1]):
            raise QueryInterrupted(None, sql, None)
        return await super().execute(f"select coalesce(max(rowid), 0) from {whole[1]}")

    async def _count(self, name: str) -> int | None:
        if not await self._numbered(name):
            return None
        found = await super().execute(f"select coalesce(max(rowid), 0) from [{name}]")
        count: int = found.rows[0][0]
        return count

    async def _numbered(self, name: str) -> bool:
        made = await super().execute("SELECT sql FROM sqlite_schema WHERE name = ?", (name,))
        return "WITHOUT ROWID" not in made.rows[0][0]


_WHOLE = re.compile(r"select count\(\*\) from (\w+) ")
"""How Datasette asks for the number of rows of a table without filters."""
SORTABLE = {
    "artifacts": ["id"],
    "candidates": ["number", "id"],
    "curves": ["evaluation"],
    "events": ["campaign"],
    "embeddings": ["model"],
    "ledger": ["id"],
    "llm_calls": ["id"],
    "metrics": ["evaluation"],
    "standings": ["median"],
}
"""Of tables that may be large: columns by which sorting does not read every row."""
METADATA: dict[str, Any] = {
    "title": "Discover",
    "databases": {
        TABLES: {
            "description": "Everything that the memory holds, only to be read.",
            "tables": {name: {"sortable_columns": columns} for name, columns in SORTABLE.items()},
        }
    },
}

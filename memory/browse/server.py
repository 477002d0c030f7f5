"""The web view as an ASGI application: Datasette on the live file, with our pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
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
        self.add_database(Database(self, path=str(path), is_mutable=True), name=TABLES)


METADATA: dict[str, Any] = {
    "title": "Discover",
    "databases": {TABLES: {"description": "Everything that the memory holds, only to be read."}},
}

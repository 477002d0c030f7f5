"""Our pages as a plugin of Datasette: routes, filters, and errors in one line."""

from __future__ import annotations

import csv
import io
import sqlite3
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from datasette import hookimpl
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError

from ... import harmless
from ..errors import MemoryFault, UnknownId
from ..misfits import explanation
from ..store import Memory
from . import pages, words
from .pages import Page, Query

TABLES = "data"
"""The name under which Datasette serves the file: every table is at /data/<table>."""


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    env.filters.update(words.FILTERS)
    env.finalize = words.shown
    env.trim_blocks = env.lstrip_blocks = True


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    return [(pattern, _handler(page)) for pattern, page in pages.ROUTES.items()]


def _handler(page: Callable[[Memory, Query], Page]) -> Callable[..., Any]:
    """What Datasette calls for a route: runs `page` on a thread that may read the file."""

    async def handle(datasette: Any, request: Request) -> Response:
        arguments = {name: request.args[name] for name in request.args}
        query = Query({**arguments, **request.url_vars}, datasette.limits, datasette.finder)

        def read(connection: sqlite3.Connection) -> Page:
            memory = Memory(connection, datasette.path, read_only=True)
            connection.execute("BEGIN")  # one moment for all that the page shows
            try:
                return page(memory, query)
            finally:
                connection.execute("ROLLBACK")

        try:
            shown = await datasette.get_database(TABLES).execute_fn(read)
        except MemoryFault as fault:
            status = 404 if isinstance(fault, UnknownId) else 400
            return await _error_page(datasette, request, status, str(fault))
        if shown.template is None:
            as_csv = request.url_vars.get("as") == "csv"
            return _csv(shown.context["rows"]) if as_csv else Response.json(shown.context)
        body = await datasette.render_template(
            f"discover/{shown.template}.html", shown.context, request=request
        )
        return Response.html(body)

    return handle


def _csv(rows: Sequence[Mapping[str, Any]]) -> Response:
    lines = io.StringIO()
    if rows:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: harmless.spreadsheet(v) for k, v in row.items()} for row in rows)
    return Response(lines.getvalue(), content_type="text/csv; charset=utf-8")


@hookimpl(hookwrapper=True)
def handle_exception(datasette: Any, request: Request, exception: Exception) -> Iterator[None]:
    """In place of Datasette's handler, which prints every local variable for a mistyped address."""
    outcome: Any = yield
    outcome.force_result([lambda: _error(datasette, request, exception)])


def _error(datasette: Any, request: Request, exception: Exception) -> Awaitable[Response]:
    if isinstance(exception, Base400 | DatasetteError):
        # Datasette says 500 for what it merely does not do, such as to sort by some column.
        status = 400 if exception.status == 500 else exception.status
        message = str(getattr(exception, "message", exception))
        return _error_page(datasette, request, status, message)
    return _unexpected(datasette, request, exception)


async def _unexpected(datasette: Any, request: Request, exception: Exception) -> Response:
    """Rows that no Discover writes may be behind it: then they are named. Else it is a defect of
    ours, and what was raised is on the terminal."""

    def look(connection: sqlite3.Connection) -> MemoryFault | None:
        return explanation(Memory(connection, datasette.path, read_only=True), exception)

    fault = await datasette.get_database(TABLES).execute_fn(look)
    if fault is not None:
        return await _error_page(datasette, request, 400, str(fault))
    traceback.print_exception(exception)
    said = "The server met an error; its terminal has the details."
    return await _error_page(datasette, request, 500, said)


async def _error_page(datasette: Any, request: Request, status: int, message: str) -> Response:
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "status": status, "error": message}, status=status)
    context = {"title": "Not here" if status == 404 else "Error", "message": message}
    body = await datasette.render_template("discover/error.html", context, request=request)
    return Response.html(body, status=status)

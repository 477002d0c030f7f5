"""`discover browse`: the memory in a browser."""

from __future__ import annotations

import secrets
import socket
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from . import options
from .border import UserError

app = typer.Typer(add_completion=False, rich_markup_mode=None)
LOOPBACK = "127.0.0.1"
PORT = 8001


@app.command()
def browse(
    db: options.Database = options.DEFAULT_DATABASE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = PORT,
    host: Annotated[
        str, typer.Option(help="An address of this machine; any but the default asks for a token.")
    ] = LOOPBACK,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
) -> None:
    """Look at the memory in a browser, also while a campaign writes to it."""
    import uvicorn

    from ..memory.browse.server import application

    token = None if host in (LOOPBACK, "localhost") else secrets.token_urlsafe(16)
    application_ = application(Path(db), limits=limits, token=token, keep=True)
    with _listening(host, port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}/{f'?token={token}' if token else ''}"
        print(f"The memory {db} is at {address} until Ctrl-C", flush=True)
        if open_:
            webbrowser.open(address)
        server = uvicorn.Server(uvicorn.Config(application_, log_level="warning", lifespan="on"))
        server.run(sockets=[listener])


def limits(budget: str) -> Mapping[str, float]:
    """The limits in a campaign's budget by unit; none where it cannot be read."""
    from ..search.limits.budget import Budget, BudgetError

    try:
        return {unit.value: limit for unit, limit in Budget.parse(budget).limits.items()}
    except BudgetError:
        return {}


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UserError(
            f"cannot listen on {host}:{port}: {error.strerror}; try another --port"
        ) from error
    return listener

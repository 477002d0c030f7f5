"""What a fresh child runs, from its first line to its end."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket
from typing import Any

from . import child
from .rlimits import footprint, limit_this_process


def main(boot: dict[str, Any]) -> None:
    """Import what the launcher named, then serve the channel that it handed down."""
    channel = socket.socket(fileno=boot["channel"])
    for module in boot["preload"]:
        importlib.import_module(module)
    with contextlib.suppress(ConnectionError):
        child.serve(channel, begin)
    os._exit(0)


def begin(start: dict[str, Any]) -> dict[str, Any]:
    """Bind this process to the limits of a start frame."""
    limit_this_process(cpu_s=start["cpu_s"], memory_bytes=start["memory_bytes"], base=footprint())
    return {}

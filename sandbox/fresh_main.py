"""What a fresh child runs, from its first line to its end."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import threading
from typing import Any

from . import child
from .rlimits import footprint, limit_this_process


def main(boot: dict[str, Any]) -> None:
    """Import what the launcher named, then serve the channel that it handed down."""
    threading.Thread(target=end_with_parent, args=(boot["life"],), daemon=True).start()
    channel = socket.socket(fileno=boot["channel"])
    for module in boot["preload"]:
        importlib.import_module(module)
    with contextlib.suppress(ConnectionError):
        child.serve(channel, begin)
    os._exit(0)


def end_with_parent(life: int) -> None:
    """Wait until nobody holds the other end of `life`, then end this process's group.

    No kernel but Linux's offers to do it; native code that holds the interpreter delays it.
    """
    os.read(life, 1)
    os.killpg(0, signal.SIGKILL)


def begin(start: dict[str, Any]) -> dict[str, Any]:
    """Bind this process to the limits of a start frame."""
    limit_this_process(cpu_s=start["cpu_s"], memory_bytes=start["memory_bytes"], base=footprint())
    return {}

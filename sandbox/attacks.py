"""What the probe's throwaway child tries. A harness like any other, without a candidate."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_PTRACE_SEIZE, _PTRACE_DETACH = 0x4206, 17
_CLONE_NEWUSER = 0x10000000


def attacks(source: str) -> Mapping[str, Callable[..., dict[str, Any]]]:
    """Ops named after what they try; each says whether it was stopped, and how."""
    tried = {
        "read a secret file": _attempt(lambda secret, **_: Path(secret).read_text()),
        "write beside it": _attempt(lambda secret, **_: Path(secret + "-2").write_text("x")),
        "read the parent's environment": _attempt(_read_environment),
        "signal the parent": _attempt(lambda parent, **_: os.kill(parent, 0)),
        "trace the parent": _attempt(_trace),
        "connect to a TCP port": _attempt(_connect),
        "connect to an abstract socket": _attempt(_connect_abstract),
        "send a datagram": _attempt(_send_datagram),
        "map anonymous shared memory": _attempt(lambda **_: mmap.mmap(-1, 4096)),
        "enter a user namespace": _attempt(_enter_namespace),
        "fork": _attempt(_fork),
        "exec": _attempt(lambda **_: os.execv(sys.executable, [sys.executable, "-c", ""])),
    }
    return {**tried, "names": lambda: {"names": list(tried)}}


def _attempt(action: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def op(**targets: Any) -> dict[str, Any]:
        try:
            action(**targets)
        except OSError as error:
            return {"stopped": True, "outcome": f"stopped: {error.strerror or error}"}
        return {"stopped": False, "outcome": "succeeded"}

    return op


def _read_environment(parent: int, **_: Any) -> None:
    Path(f"/proc/{parent}/environ").read_bytes()


def _libc(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _trace(parent: int, **_: Any) -> None:
    _libc("ptrace", _PTRACE_SEIZE, parent, 0, 0)
    _libc("ptrace", _PTRACE_DETACH, parent, 0, 0)


def _enter_namespace(**_: Any) -> None:
    _libc("unshare", _CLONE_NEWUSER)


def _connect(port: int, **_: Any) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()


def _connect_abstract(name: str, **_: Any) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("\0" + name)


def _send_datagram(port: int, **_: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"x", ("127.0.0.1", port))


def _fork(**_: Any) -> None:
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)

"""How children come to be: what a launcher gives, whatever is behind it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Exit:
    """How a child ended: its wait status and what it used, children it reaped included."""

    status: int
    cpu_s: float
    peak_rss_bytes: int

    @property
    def signal_number(self) -> int | None:
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    @property
    def code(self) -> int | None:
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else None

    def __str__(self) -> str:
        if self.signal_number is None:
            return f"it exited with code {self.code}"
        return f"it was killed by {signal.Signals(self.signal_number).name}"


class Child(Protocol):
    """A process that waits for its first frame on `channel` and prints into `output`.

    `channel` and `output` (a read end) do not block. `pidfd` is readable once the
    child has ended, or None where the system has no such thing. `may_fork` says whether
    there can be processes below it.
    """

    channel: socket.socket
    output: int
    pid: int
    pidfd: int | None
    may_fork: bool

    def kill(self) -> None:
        """Kill the child and all that it started. Harmless when it is gone."""
        ...

    def reap(self) -> Exit:
        """Wait for the end of a child that was killed or hung up.

        Raises SandboxUnavailable where whoever knows has died.
        """
        ...

    def release(self) -> None:
        """Close what the parent holds of it. Idempotent."""
        ...


class Launcher(Protocol):
    """A source of children, safe to use from several threads."""

    def launch(self) -> Child:
        """A new child. Raises SandboxUnavailable where none can be had."""
        ...

    def close(self) -> None:
        """End everything that the launcher keeps running. Idempotent."""
        ...


def boot_command(module: str, boot: Mapping[str, object]) -> list[str]:
    """The command that runs `main(boot)` of a module beside this one, with our sys.path."""
    code = (
        "import json, sys; boot = json.loads(sys.argv[1]); sys.path[:] = boot['path']\n"
        f"from {__package__}.{module} import main; main(boot)"
    )
    return [sys.executable, "-s", "-P", "-c", code, json.dumps({**boot, "path": sys.path})]


def clean_environment(home: str) -> dict[str, str]:
    """All that a child's environment holds. One thread until a child asks for more."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    }

"""A fresh interpreter per child: slow to start, and the same on every system."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from .contract import SandboxUnavailable
from .launch import Exit, boot_command, clean_environment


class FreshLauncher:
    """Starts `python` with a clean environment and a folder of its own for each child."""

    def __init__(self, *, preload: Sequence[str] = ()) -> None:
        self._preload = tuple(preload)

    def launch(self) -> FreshChild:
        return FreshChild(self._preload)

    def close(self) -> None:
        """Nothing runs between children."""


class FreshChild:
    """One interpreter in its own session and process group."""

    may_fork = True

    def __init__(self, preload: tuple[str, ...]) -> None:
        self._home = tempfile.mkdtemp(prefix="discover-child-")
        self.channel, theirs = socket.socketpair()
        self.output, their_output = os.pipe()
        their_life, self._life = os.pipe()
        boot = {"channel": theirs.fileno(), "life": their_life, "preload": preload}
        try:
            self._process = subprocess.Popen(
                boot_command("fresh_main", boot),
                stdin=subprocess.DEVNULL,
                stdout=their_output,
                stderr=their_output,
                pass_fds=[theirs.fileno(), their_life],
                env=clean_environment(self._home),
                cwd=self._home,
                start_new_session=True,
            )
        except OSError as error:
            self._close()
            raise SandboxUnavailable(f"no child process could be started: {error}") from error
        finally:
            theirs.close()
            os.close(their_output)
            os.close(their_life)
        self.pid = self._process.pid
        self.pidfd = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None
        self.channel.setblocking(False)
        os.set_blocking(self.output, False)
        self._exit: Exit | None = None

    def kill(self) -> None:
        if self._exit is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):  # the group is gone, or a zombie
                self._process.kill()

    def reap(self) -> Exit:
        if self._exit is None:
            _, status, usage = os.wait4(self.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            scale = 1 if sys.platform == "darwin" else 1024
            cpu_s = usage.ru_utime + usage.ru_stime
            self._exit = Exit(status, cpu_s, usage.ru_maxrss * scale)
        return self._exit

    def release(self) -> None:
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None
        self._close()

    def _close(self) -> None:
        self.channel.close()
        for descriptor in (self.output, self._life):
            if descriptor >= 0:
                os.close(descriptor)
        self.output = self._life = -1
        shutil.rmtree(self._home, ignore_errors=True)

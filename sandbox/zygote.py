"""The parent's side of the zygote: start it, ask it for children, restart it when it died."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .contract import SandboxUnavailable
from .isolation.confine import LayerError, Plan
from .isolation.namespaces import SCRATCH
from .launch import Exit, boot_command, clean_environment

_START_TIMEOUT_S = 300.0
_REPLY_TIMEOUT_S = 120.0


class ZygoteLauncher:
    """Launches children by forking a zygote, which it starts when the first is wanted.

    `plan` says which layers each child puts on. `preload` names the modules that the
    zygote imports; if torch is then among them, it is warmed up. `devices` are device
    files that children may use.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        preload: Sequence[str] = (),
        devices: Sequence[str] = (),
    ) -> None:
        self._boot: dict[str, object] = {
            "plan": asdict(plan),
            "preload": list(preload),
            "devices": list(devices),
        }
        self._plan = plan
        self._lock = threading.Lock()
        self._process: _ZygoteProcess | None = None

    def launch(self) -> ZygoteChild:
        """Raises LayerError where a planned layer fails, SandboxUnavailable otherwise."""
        for _ in range(2):
            process = self._running()
            try:
                return ZygoteChild(process.control, may_fork=not self._plan.seccomp)
            except ConnectionError:
                self._discard(process)
        raise SandboxUnavailable("the zygote died twice while forking a child")

    def close(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.close()
                self._process = None

    def _running(self) -> _ZygoteProcess:
        with self._lock:
            if self._process is not None and not self._process.alive:
                self._process.close()
                self._process = None
            if self._process is None:
                self._process = _ZygoteProcess(self._boot)
            return self._process

    def _discard(self, process: _ZygoteProcess) -> None:
        with self._lock:
            if self._process is process:
                self._process.close()
                self._process = None


class _ZygoteProcess:
    """A running zygote and the control socket to it."""

    def __init__(self, boot: dict[str, object]) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        boot = {**boot, "control": theirs.fileno()}
        try:
            self._process = subprocess.Popen(
                boot_command("zygote_main", boot),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=clean_environment(SCRATCH),
                cwd="/",
                start_new_session=True,
            )
        finally:
            theirs.close()
        try:
            self._await_ready()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self.control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _await_ready(self) -> None:
        self.control.settimeout(_START_TIMEOUT_S)
        try:
            message = self.control.recv(1 << 16)
        except OSError as error:
            raise SandboxUnavailable(f"the zygote did not start: {error}") from error
        self.control.settimeout(_REPLY_TIMEOUT_S)
        if message.startswith(b"failed"):
            failed, reason = json.loads(message.removeprefix(b"failed"))
            if failed:
                raise LayerError(failed, reason.removeprefix(f"{failed}: "))
            raise SandboxUnavailable(f"the zygote did not start: {reason}")
        if message != b"ready":
            raise SandboxUnavailable(f"the zygote did not start: {self._last_words()}")

    def _last_words(self) -> str:
        self._process.kill()
        assert self._process.stderr is not None
        lines = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"


class ZygoteChild:
    """A child forked by the zygote. Raises ConnectionError where the zygote is gone."""

    def __init__(self, control: socket.socket, *, may_fork: bool) -> None:
        self.may_fork = may_fork
        self._exit: Exit | None = None
        self.channel, channel = socket.socketpair()
        self.output, output = os.pipe()
        self._report, report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._report.settimeout(_REPLY_TIMEOUT_S)
        self.pidfd: int | None = None
        try:
            socket.send_fds(control, [b"child"], [channel.fileno(), output, report.fileno()])
        finally:
            channel.close()
            os.close(output)
            report.close()
        try:
            self.pidfd = _receive_descriptor(self._report)
        except BaseException:
            self.release()
            raise
        self.pid = _pid_of(self.pidfd)
        self.channel.setblocking(False)
        os.set_blocking(self.output, False)

    def kill(self) -> None:
        if self._exit is None and self.pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def reap(self) -> Exit:
        if self._exit is None:
            try:
                message = self._report.recv(4096)
            except OSError:
                message = b""
            if not message:
                raise SandboxUnavailable("the zygote died, and its children with it")
            self._exit = Exit(**json.loads(message))
        return self._exit

    def release(self) -> None:
        self.channel.close()
        self._report.close()
        for descriptor in (self.output, self.pidfd):
            if descriptor is not None and descriptor >= 0:
                os.close(descriptor)
        self.output, self.pidfd = -1, None


def _receive_descriptor(report: socket.socket) -> int:
    try:
        _, descriptors, _, _ = socket.recv_fds(report, 16, 1)
    except TimeoutError:
        raise ConnectionError("the zygote does not answer") from None
    if not descriptors:
        raise ConnectionError("the zygote is gone")
    return descriptors[0]


def _pid_of(pidfd: int) -> int:
    """The process's number as this process's /proc shows it; -1 once it was reaped."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1

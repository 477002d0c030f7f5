"""Children that wait ready: what a device takes seconds to start is started ahead.

A spare serves one candidate and is never used again; handing one out starts the next.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from .contract import Limits, SandboxUnavailable
from .devices import Device
from .launch import Child, Launcher
from .session import SandboxWorker
from .supervise import Supervisor

_START_LIMITS = Limits(wall_s=120.0)


class SpareLauncher:
    """Keeps one child of `launcher` whose context on `device` stands already."""

    def __init__(self, launcher: Launcher, device: Device) -> None:
        self._launcher = launcher
        self._device = device
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"spare-{device}")
        self._closed = False
        self._next: Future[Child] = self._pool.submit(self._start)

    def launch(self) -> Child:
        with self._lock:
            if self._closed:
                raise SandboxUnavailable("the sandbox is closed")
            taken, self._next = self._next, self._pool.submit(self._start)
        return taken.result()

    def close(self) -> None:
        """End the waiting spare; the launcher behind it is its owner's to close."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if not self._next.cancel() and self._next.exception() is None:
            _end(self._next.result())
        self._pool.shutdown()

    def _start(self) -> Child:
        """A child that has started its device. A failure is that of whoever takes it."""
        child = self._launcher.launch()
        deadline = time.monotonic() + _START_LIMITS.wall_s
        supervisor = Supervisor(child, _START_LIMITS, deadline, lambda: self._closed)
        try:
            SandboxWorker(supervisor).start_device(self._device)
        except BaseException:
            _end(child)
            raise
        return child


def _end(child: Child) -> None:
    child.kill()
    try:
        child.reap()
    finally:
        child.release()

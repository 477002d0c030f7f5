"""The executor of this machine: one thread a slot, children of one sandbox."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from .contract import SandboxUnavailable, Usage
from .devices import CPU, Device
from .executor import Cancelled, Completion, Job
from .sandbox import Sandbox
from .session import SandboxSession


class LocalExecutor:
    """Runs up to `slots` jobs at a time; each holds its slot until its work returns.

    With `devices`, there is one slot for each of these instead of `slots` cores.

    A job whose sandbox failed (never its candidate) is run once more, then completes
    with SandboxUnavailable. For `preload`, `min_isolation` and `unsafe` see Sandbox; the
    isolation is probed, and refused where it is too weak, at construction.
    """

    def __init__(
        self,
        slots: int = 2,
        *,
        devices: Sequence[Device] = (),
        preload: Sequence[str] = (),
        min_isolation: str = "S1",
        unsafe: bool = False,
    ) -> None:
        if slots < 1:
            raise ValueError(f"expected at least one slot, got {slots}")
        devices = devices or [CPU] * slots
        self._slots = len(devices)
        self._sandbox = Sandbox(
            preload=preload, min_isolation=min_isolation, unsafe=unsafe, devices=devices
        )
        self._isolation = self._sandbox.isolation
        self._changed = threading.Condition(threading.RLock())
        self._waiting: deque[Job] = deque()
        self._running: dict[str, SandboxSession] = {}
        self._completions: deque[Completion] = deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve_slot, args=(device,), name=f"slot-{n}", daemon=True)
            for n, device in enumerate(devices)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        return self._isolation

    def submit(self, job: Job) -> None:
        with self._changed:
            self._require_room(job)
            self._waiting.append(job)
            self._changed.notify_all()

    def cancel(self, job_id: str) -> bool:
        with self._changed:
            if job_id in self._running:
                self._running[job_id].cancel()
                return True
            waiting = next((job for job in self._waiting if job.id == job_id), None)
            if waiting is None:
                return False
            self._waiting.remove(waiting)
            error = Cancelled("the job was cancelled before it began")
            self._complete(Completion(job_id, None, error, Usage(), 0.0, self.isolation))
            return True

    def next(self, timeout: float | None = None) -> Completion | None:
        with self._changed:
            self._changed.wait_for(lambda: self._completions or self._idle(), timeout)
            return self._completions.popleft() if self._completions else None

    def aside(self, job: Job) -> Completion:
        """Run `job` now, in the caller's thread and beside the slots.

        Raises ValueError for an id that is in flight, and after `close`.
        """
        with self._changed:
            self._require_room(job)
            session = self._running[job.id] = self._sandbox.session(job.limits)
        try:
            return self._finish(job, session, CPU)
        finally:
            with self._changed:
                del self._running[job.id]
                self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for job_id in [*self._running, *(job.id for job in self._waiting)]:
                self.cancel(job_id)
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._sandbox.close()

    def _require_room(self, job: Job) -> None:
        if self._closed:
            raise ValueError("the executor is closed")
        if self._in_flight(job.id):
            raise ValueError(f"job {job.id!r} is in flight already")

    def _in_flight(self, job_id: str) -> bool:
        return job_id in self._running or any(job.id == job_id for job in self._waiting)

    def _idle(self) -> bool:
        return not self._running and not self._waiting

    def _serve_slot(self, device: Device) -> None:
        while (taken := self._take(device)) is not None:
            job, session = taken
            completion = self._finish(job, session, device)
            with self._changed:
                del self._running[job.id]
                self._complete(completion)

    def _finish(self, job: Job, session: SandboxSession, device: Device) -> Completion:
        started = time.monotonic()
        value, error, usage = self._attempts(job, session, device)
        device_s = time.monotonic() - started
        return Completion(job.id, value, error, usage, device_s, session.isolation)

    def _complete(self, completion: Completion) -> None:
        self._completions.append(completion)
        self._changed.notify_all()

    def _take(self, device: Device) -> tuple[Job, SandboxSession] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            session = self._running[job.id] = self._sandbox.session(job.limits, device)
            return job, session

    def _attempts(
        self, job: Job, session: SandboxSession, device: Device
    ) -> tuple[Any, BaseException | None, Usage]:
        """Value or error of the job, and its cost; a second attempt where the sandbox failed."""
        value, error = _attempt(job, session)
        if not isinstance(error, SandboxUnavailable) or session.cancelled:
            return value, error, session.usage
        with self._changed:
            second = self._running[job.id] = self._sandbox.session(job.limits, device)
        value, error = _attempt(job, second)
        return value, error, _sum(session.usage, second.usage)


def _sum(first: Usage, second: Usage) -> Usage:
    """What two attempts used together; the first one's clock ran on during the second."""
    return Usage(
        wall_s=max(first.wall_s, second.wall_s),
        cpu_s=first.cpu_s + second.cpu_s,
        peak_rss_bytes=max(first.peak_rss_bytes, second.peak_rss_bytes),
    )


def _attempt(job: Job, session: SandboxSession) -> tuple[Any, BaseException | None]:
    """Run trusted work; whatever it raises is the job's result and ends no thread."""
    try:
        return job.work(session), None
    except Exception as error:
        return None, error

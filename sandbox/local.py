"""The executor of this machine: one thread a slot, children of one sandbox."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from .contract import SandboxUnavailable
from .executor import Cancelled, Completion, Job
from .sandbox import Sandbox
from .session import SandboxSession


class LocalExecutor:
    """Runs up to `slots` jobs at a time; each holds its slot until its work returns.

    A job whose sandbox failed (never its candidate) is run once more, then completes
    with SandboxUnavailable. For `preload`, `min_isolation` and `unsafe` see Sandbox.
    """

    def __init__(
        self,
        slots: int = 2,
        *,
        preload: Sequence[str] = (),
        min_isolation: str = "S1",
        unsafe: bool = False,
    ) -> None:
        if slots < 1:
            raise ValueError(f"expected at least one slot, got {slots}")
        self._slots = slots
        self._sandbox = Sandbox(preload=preload, min_isolation=min_isolation, unsafe=unsafe)
        self._changed = threading.Condition(threading.RLock())
        self._waiting: deque[Job] = deque()
        self._running: dict[str, SandboxSession] = {}
        self._cancelled: set[str] = set()
        self._completions: deque[Completion] = deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve_slot, name=f"slot-{n}", daemon=True)
            for n in range(slots)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        return self._sandbox.isolation

    def submit(self, job: Job) -> None:
        with self._changed:
            if self._closed:
                raise ValueError("the executor is closed")
            if self._in_flight(job.id):
                raise ValueError(f"job {job.id!r} is in flight already")
            self._waiting.append(job)
            self._changed.notify_all()

    def cancel(self, job_id: str) -> bool:
        with self._changed:
            if not self._in_flight(job_id):
                return False
            self._cancelled.add(job_id)
            if job_id in self._running:
                self._running[job_id].cancel()
            return True

    def next(self, timeout: float | None = None) -> Completion | None:
        with self._changed:
            self._changed.wait_for(lambda: self._completions or self._idle(), timeout)
            return self._completions.popleft() if self._completions else None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            for job_id in [*self._running, *(job.id for job in self._waiting)]:
                self.cancel(job_id)
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._sandbox.close()

    def _in_flight(self, job_id: str) -> bool:
        return job_id in self._running or any(job.id == job_id for job in self._waiting)

    def _idle(self) -> bool:
        return not self._running and not self._waiting

    def _serve_slot(self) -> None:
        while (taken := self._take()) is not None:
            job, session = taken
            started = time.monotonic()
            value, error, session = self._attempts(job, session)
            device_s = time.monotonic() - started
            completion = Completion(
                job.id, value, error, session.usage, device_s, session.isolation
            )
            with self._changed:
                del self._running[job.id]
                self._cancelled.discard(job.id)
                self._completions.append(completion)
                self._changed.notify_all()

    def _take(self) -> tuple[Job, SandboxSession] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            return job, self._begin(job)

    def _begin(self, job: Job) -> SandboxSession:
        """A session for `job`, cancelled already where the job is. Holds the lock."""
        with self._changed:
            session = self._running[job.id] = self._sandbox.session(job.limits)
            if job.id in self._cancelled:
                session.cancel()
            return session

    def _attempts(
        self, job: Job, session: SandboxSession
    ) -> tuple[Any, BaseException | None, SandboxSession]:
        """Value or error of the job; a second attempt where the sandbox failed."""
        value, error = _attempt(job, session)
        if isinstance(error, SandboxUnavailable):
            session = self._begin(job)
            value, error = _attempt(job, session)
        return value, error, session


def _attempt(job: Job, session: SandboxSession) -> tuple[Any, BaseException | None]:
    """Run trusted work; whatever it raises is the job's result and ends no thread."""
    if session.cancelled:
        return None, Cancelled("the job was cancelled before it began")
    try:
        return job.work(session), None
    except Exception as error:
        return None, error

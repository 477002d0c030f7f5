"""One child under supervision: whatever the parent waits for, it waits for it here.

Every wait watches the clock, the child's CPU time and memory, its output and its life, so
that nothing a child does can hold up the thread that talks to it beyond its limits.
"""

from __future__ import annotations

import select
import signal
import socket
import time
from collections.abc import Callable

from .contract import CandidateDied, CandidateFailure, LimitExceeded, Limits, Usage
from .executor import Cancelled
from .launch import Child, Exit
from .meter import ChildMeter
from .output import OutputTail
from .wire import Buffer

TICK_S = 0.05
LITTLE = 0.5
"""Of its wall time, a child that computes uses more than this on a CPU of its own."""
PAUSE_S = 1.0
"""Between two looks at the clock this much only passes where we were held up, as by SIGSTOP."""
_EXIT_S = 0.5


class Supervisor:
    """Talks to `child` until it ends; `deadline` is on time.monotonic()'s clock.

    A child that works for this one is `beside` it: its limits are watched as well, and the
    CPU time of both is counted together.
    """

    def __init__(
        self,
        child: Child,
        limits: Limits,
        deadline: float,
        cancelled: Callable[[], bool],
        beside: Supervisor | None = None,
    ) -> None:
        self.beside = beside
        self._child = child
        self._limits = limits
        self._deadline = deadline
        self._cancelled = cancelled
        self._output = OutputTail(child.output, limits.output_bytes)
        self._poll = select.poll()
        self._poll.register(child.output, select.POLLIN)
        if child.pidfd is not None:
            self._poll.register(child.pidfd, select.POLLIN)
        self._meter = ChildMeter(child.pid, tree=child.may_fork)
        self._counting = False
        self._next_check = 0.0
        self._looked = time.monotonic()
        self.paused_s = 0.0
        self._exit: Exit | None = None

    @property
    def channel(self) -> socket.socket:
        return self._child.channel

    @property
    def output(self) -> str:
        """The tail of what the child, or the candidate's beside it, printed so far."""
        return self._output.text() if self.beside is None else self.beside.output

    @property
    def usage(self) -> Usage:
        """CPU time and peak memory of the child; wall time is the session's."""
        if self._exit is None:
            self._meter.read()
            return Usage(0.0, self._meter.cpu_s, self._meter.peak_rss_bytes)
        return Usage(0.0, self._exit.cpu_s, self._exit.peak_rss_bytes)

    def start_counting(self) -> None:
        """The child is about to load the candidate: CPU and memory count from here."""
        self._meter.start_counting()
        self._counting = True

    def send(self, buffers: list[Buffer]) -> None:
        """Write all of `buffers`, however slowly the child reads."""
        for buffer in buffers:
            view = memoryview(buffer)
            while view:
                try:
                    view = view[self._child.channel.send(view) :]
                except BlockingIOError:
                    self._wait(select.POLLOUT)
                except OSError:
                    raise self._died() from None

    def receive(self, view: memoryview) -> None:
        """Fill `view` with the child's next bytes."""
        while view:
            try:
                count = self._child.channel.recv_into(view)
            except BlockingIOError:
                self._wait(select.POLLIN)
                continue
            except OSError:
                count = 0
            if not count:
                raise self._died()
            view = view[count:]

    def close(self) -> Usage:
        """Kill the child, reap it, release what it held. Idempotent."""
        self._child.kill()
        try:
            self._exit = self._child.reap()
        finally:
            self._child.release()
        return self.usage

    def _wait(self, events: int) -> None:
        """Until the channel is ready; raises where a limit or the child's life ends first."""
        channel = self._child.channel.fileno()
        self._poll.register(channel, events)
        self._forgive_pauses()
        while True:
            self._check()
            if self.beside is not None:
                self.beside.look()
            ready = self._ready(TICK_S)
            self._forgive_pauses()
            if channel in ready:
                return
            if self._child.pidfd in ready:
                raise self._died()

    def look(self) -> None:
        """Without waiting, raise where a limit or the child's life has ended."""
        self._forgive_pauses()
        self._check()
        if self._child.pidfd in self._ready(0.0):
            raise self._died()

    def explain_end(self) -> None:
        """Raise the reason why the child ended, if it has."""
        if self._has_ended():
            raise self._died()

    def _ready(self, wait_s: float) -> dict[int, int]:
        """The descriptors with news; output is taken as it comes."""
        ready = dict(self._poll.poll(wait_s * 1000))
        if self._child.output in ready and not self._output.drain():
            self._poll.unregister(self._child.output)
        return ready

    def _forgive_pauses(self) -> None:
        """Give back what passed since the last look, where that is much more than a tick.

        We were stopped then, the child most likely with us, or busy with something else:
        neither is the child's doing. What it computes meanwhile still counts as CPU time.
        """
        now = time.monotonic()
        if now - self._looked > PAUSE_S:
            self.paused_s += now - self._looked
            self._deadline += now - self._looked
        self._looked = now

    def _check(self) -> None:
        """Raise for a passed limit, having killed the child."""
        if self._cancelled():
            raise Cancelled("the job was cancelled")
        if self._output.flooded:
            raise self._limit("output")
        now = time.monotonic()
        if now > self._deadline:
            raise self._limit("wall")
        if now < self._next_check or not self._counting:
            return
        self._next_check = now + TICK_S
        cpu_s, rss = self._meter.read()
        if self.beside is not None:
            cpu_s += self.beside.usage.cpu_s
        if cpu_s > self._limits.cpu_s:
            raise self._limit("cpu")
        if rss > self._limits.memory_bytes:
            raise self._limit("memory")

    def _limit(self, resource: str) -> LimitExceeded:
        self._child.kill()
        allowed = {
            "wall": f"{self._limits.wall_s:.3g} s of wall time",
            "cpu": f"{self._limits.cpu_s:.3g} s of CPU time",
            "memory": f"{self._limits.memory_bytes >> 20} MiB of memory",
            "output": f"{self._limits.output_bytes} bytes of printed output",
        }[resource]
        message = f"used more than the {allowed} that it had"
        if resource == "wall":
            message += f"; {self._cpu_share()}"
        return LimitExceeded(resource, message, output=self.output)

    def _cpu_share(self) -> str:
        """How much of the wall time was spent on a CPU: little on a busy machine, or asleep."""
        used, wall_s = self._meter.read()[0], self._limits.wall_s
        why = ": it waited, or the machine was busy" if used < LITTLE * wall_s else ""
        return f"it used {used:.3g} s of CPU in them{why}"

    def _died(self) -> CandidateFailure:
        """The failure that explains the child's end."""
        ended = self._has_ended()
        self._child.kill()
        exit_ = self._child.reap()
        self._output.drain()
        if self._cancelled():
            raise Cancelled("the job was cancelled")
        if self._output.flooded:
            return self._limit("output")
        if (
            exit_.signal_number in (signal.SIGXCPU, signal.SIGKILL)
            and exit_.cpu_s > self._limits.cpu_s
        ):
            return self._limit("cpu")
        ending = str(exit_) if ended else "it closed its channel"
        return CandidateDied(f"the child ended without an answer: {ending}", output=self.output)

    def _has_ended(self) -> bool:
        """Whether the child is gone; its channel closes a moment before it is."""
        if self._child.pidfd is None:
            return True
        end = select.poll()
        end.register(self._child.pidfd, select.POLLIN)
        return bool(end.poll(_EXIT_S * 1000))

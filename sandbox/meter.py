"""What a running child uses, as the parent sees it."""

from __future__ import annotations

import sys
import time

import psutil


class ChildMeter:
    """CPU seconds and resident bytes of one process and, where asked, of all below it."""

    def __init__(self, pid: int, *, tree: bool) -> None:
        self._process = psutil.Process(pid) if psutil.pid_exists(pid) else None
        self._tree = tree
        self._cpu_s = 0.0
        self._base_cpu_s = 0.0
        self._base_rss_bytes = 0
        self.peak_rss_bytes = 0

    def start_counting(self) -> None:
        """From here on `read` tells what came on top."""
        cpu_s, rss = self.read()
        self._base_cpu_s += cpu_s
        self._base_rss_bytes += rss

    @property
    def cpu_s(self) -> float:
        """All CPU seconds seen so far, those before counting started included."""
        return self._cpu_s

    def read(self) -> tuple[float, int]:
        """CPU seconds and resident bytes since counting started; the last ones once it ended."""
        cpu_s, rss = 0.0, 0
        for process in self._processes():
            try:
                cpu_s += _cpu_s(process)
                rss += process.memory_info().rss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        self._cpu_s = max(self._cpu_s, cpu_s)
        self.peak_rss_bytes = max(self.peak_rss_bytes, rss)
        return self._cpu_s - self._base_cpu_s, rss - self._base_rss_bytes

    def _processes(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        if not self._tree:
            return [self._process]
        try:
            return [self._process, *self._process.children(recursive=True)]
        except psutil.NoSuchProcess:  # it ended while we looked
            return []


def _cpu_s(process: psutil.Process) -> float:
    """CPU seconds of one process: to the nanosecond on Linux, else to the clock's tick."""
    if sys.platform == "linux":
        try:
            return time.clock_gettime(~process.pid << 3 | 2)  # CPUCLOCK_SCHED of the process
        except OSError:
            raise psutil.NoSuchProcess(process.pid) from None
    times = process.cpu_times()
    return times.user + times.system

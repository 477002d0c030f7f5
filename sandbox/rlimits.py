"""What the kernel counts for one process: CPU time, memory, files, threads."""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Mapping

MAX_FILES = 256
MAX_FILE_BYTES = 256 * 1024**2
MAX_THREADS = 256


def limit_this_process(*, cpu_s: float, memory_bytes: int) -> None:
    """Bind this process, for good, to `cpu_s` and to `memory_bytes` on top of what it has.

    RLIMIT_DATA rather than RLIMIT_AS: torch and CUDA reserve address space that they never
    touch. Anonymous shared memory escapes it (the seccomp filter denies that).
    """
    seconds = math.ceil(_cpu_used() + cpu_s)
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: MAX_FILES,
        resource.RLIMIT_FSIZE: MAX_FILE_BYTES,
        resource.RLIMIT_CPU: seconds,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_DATA] = _data_size() + memory_bytes
        bounds[resource.RLIMIT_NPROC] = MAX_THREADS
    _apply(bounds)


def _apply(bounds: Mapping[int, int]) -> None:
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            bound = min(bound, hard)
        resource.setrlimit(kind, (bound, bound))


def _cpu_used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _data_size() -> int:
    """Bytes that RLIMIT_DATA counts already, rounded up to a mebibyte."""
    with open("/proc/self/statm") as statm:  # noqa: PTH123
        pages = int(statm.read().split()[5])
    return pages * resource.getpagesize() + (1 << 20)

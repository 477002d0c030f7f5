"""What the kernel counts for one process: CPU time, memory, files, threads."""

from __future__ import annotations

import math
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass

MAX_FILES = 256
MAX_FILE_BYTES = 256 * 1024**2
MAX_THREADS = 256
_UNTOUCHED_BYTES = 16 * 1024**3
"""Address space beyond the memory limit: stacks and arenas that are reserved, not used."""


@dataclass(frozen=True)
class Footprint:
    """Address space and private data of a process, in bytes."""

    size: int = 0
    data: int = 0


def footprint(proc: int | None = None) -> Footprint:
    """This process's, read beneath the /proc folder `proc`; zeros where there is none."""
    if sys.platform != "linux":
        return Footprint()
    path = "/proc/self/statm" if proc is None else "self/statm"
    descriptor = os.open(path, os.O_RDONLY, dir_fd=proc)
    try:
        pages = [int(count) for count in os.read(descriptor, 200).split()]
    finally:
        os.close(descriptor)
    return Footprint(pages[0] * resource.getpagesize(), pages[5] * resource.getpagesize())


def limit_this_process(
    *,
    cpu_s: float,
    memory_bytes: int,
    base: Footprint,
    threads: int = MAX_THREADS,
    address_space: bool = True,
) -> None:
    """Bind this process, for good, to `cpu_s`, and to `memory_bytes` on top of `base`.

    `threads` counts all that this user runs in this user namespace.
    RLIMIT_DATA counts private memory; anonymous shared memory escapes it (the seccomp
    filter denies that). RLIMIT_AS is set far above, and bounds the page tables; CUDA cannot
    live with it, so `address_space` says whether it is set at all.
    """
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: MAX_FILES,
        resource.RLIMIT_FSIZE: MAX_FILE_BYTES,
        resource.RLIMIT_CPU: math.ceil(_cpu_used() + cpu_s),
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_NPROC] = threads
        bounds[resource.RLIMIT_DATA] = base.data + memory_bytes
    if sys.platform == "linux" and address_space:
        bounds[resource.RLIMIT_AS] = base.size + memory_bytes + _UNTOUCHED_BYTES
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

"""How many cores this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Those that this process may use, where the system says it: a container has fewer."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""A device for tests: a file that must be opened before the layers close, and a context."""

import os
import time

CONTEXT: dict[str, object] = {}


def start(index: int) -> None:
    """What a driver does: use CPU time, open the device, keep the context."""
    while time.process_time() < 0.4:
        pass
    CONTEXT.update(index=index, pid=os.getpid(), descriptor=os.open("/dev/full", os.O_RDWR))


def refuse(index: int) -> None:
    raise RuntimeError(f"no device {index}")


def harness(source: str):
    """Ops that show what became of the context."""

    def context():
        other = os.open("/dev/full", os.O_RDWR)  # its own device stays open to it
        return {**CONTEXT, "mine": CONTEXT.get("pid") == os.getpid(), "again": other > 0}

    def escape():
        return {"zero": os.open("/dev/zero", os.O_RDWR)}

    return {"context": context, "escape": escape}

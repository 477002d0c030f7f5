"""Candidates that bend what is measured, or carry something over. Loaded as source only."""

import atexit
import builtins
import sys
import threading
import time
from pathlib import Path

import numpy as np

CALLS = []


def patch_the_clock(**_):
    time.sleep(0.3)
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0


def patch_the_metric(**_):
    np.mean = np.sum = np.argmax = lambda *_, **__: 999
    builtins.sum = builtins.max = lambda *_: 999
    return float(np.mean([1.0])) - 999 or None


def patch_the_wire(**_):
    package = next(name for name in sys.modules if name.endswith("sandbox.wire"))
    wire = sys.modules[package]
    wire.check_asked = wire.decode_head = lambda *_: None
    wire.encode = lambda *_: [b"DSC1" + bytes(12)]


def rewrite_at_exit(secret, **_):
    atexit.register(lambda: Path(secret).write_text("999"))
    raise SystemExit


def change_after_answering(**_):
    answer = np.zeros(1000)

    def change():
        time.sleep(0.05)
        answer[:] = 999

    threading.Thread(target=change).start()
    return {"answer": answer}


def answer_not_a_number(**_):
    return float("nan")


def remember_calls(**_):
    CALLS.append(1)
    return len(CALLS) - 1 or None


def leave_a_note(scratch, **_):
    note = Path(scratch, "note")
    if note.exists():
        return note.read_text()
    note.write_text("seen before")
    return None


def leave_a_module(**_):
    if hasattr(sys, "seen_before"):
        return "seen before"
    sys.seen_before = True
    return None

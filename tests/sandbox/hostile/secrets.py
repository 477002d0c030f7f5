# ruff: noqa: PTH123
"""Candidates that look for what they were not told. Loaded as source by the corpus only."""

import ctypes
import gc
import os
import re
import stat
import sys
from pathlib import Path

MARK = re.compile("canary" + "-[0-9a-f]{32}")


def search_environment(**_):
    return [value for value in os.environ.values() if MARK.search(value)]


def read_parent_environment(parent, **_):
    return Path(f"/proc/{parent}/environ").read_text()


def read_any_environment(**_):
    found = [path.read_text() for path in Path("/proc").glob("[0-9]*/environ")]
    return [text for text in found if MARK.search(text)]


def search_objects(**_):
    texts = [thing for thing in gc.get_objects() if isinstance(thing, dict | list)]
    return [t for t in texts if MARK.search(str([v for v in t if isinstance(v, str)]))]


def search_frames(**_):
    frame, names = sys._getframe(), []
    while frame is not None:
        names += [n for n in frame.f_locals if n in ("labels", "answers", "targets_held_out")]
        frame = frame.f_back
    return names


def use_inherited_descriptors(**_):
    found = []
    for descriptor in range(4, 1024):
        try:
            found.append(stat.S_IFMT(os.fstat(descriptor).st_mode))
        except OSError:
            continue
    return found


def read_parent_memory(parent, **_):
    with open(f"/proc/{parent}/mem", "rb") as memory:
        memory.seek(1 << 22)
        return len(memory.read(10))


def read_keyring(**_):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(250, 0, -3, 1, 0, 0) < 0:  # keyctl, on x86_64
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "a keyring"

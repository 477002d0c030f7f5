# ruff: noqa: PTH101, PTH108, PTH123, PTH208
"""Candidates that reach for files. Loaded as source by the corpus only."""

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path


def read_secret(secret, **_):
    return Path(secret).read_text()


def read_secret_by_climbing(secret, **_):
    return Path("../" * 20, secret.lstrip("/")).read_text()


def read_secret_through_proc_root(secret, parent, **_):
    return Path(f"/proc/{parent}/root{secret}").read_text()


def read_home(**_):
    return sorted(os.listdir("/root") + os.listdir("/home"))


def read_passwords(**_):
    return Path("/etc/passwd").read_text()


def read_the_repository(package, **_):
    return Path(package, ".git", "HEAD").read_text() or Path(package, "README.md").read_text()


def read_the_help_topics(**_):
    """The text that linear-attention holds parts of out, wherever a Python keeps it."""
    found = []
    for library in {Path(os.__file__).parent, *Path("/usr").glob("lib*/python*")}:
        with suppress(OSError):
            found.append((library / "pydoc_data" / "topics.py").read_text()[:10])
    with suppress(ImportError, OSError):
        from pydoc_data.topics import topics

        found.append(sorted(topics)[0])
    return found


def read_the_examiner(package, **_):
    """How held-out rows are drawn, and what is known of the references."""
    judge = Path(package, "evaluators", "linear_attention")
    found = []
    for name in ("tasks.py", "corpus.py", "calibration.json", "__pycache__/tasks.cpython-311.pyc"):
        with suppress(OSError):
            found.append(len((judge / name).read_bytes()))
    with suppress(ImportError, OSError):
        from discover.evaluators.linear_attention import tasks

        found.append(tasks.__name__)
    return found


def overwrite_secret(secret, **_):
    Path(secret).write_text("owned")
    return "overwritten"


def delete_secret(secret, **_):
    os.unlink(secret)
    return "deleted"


def change_permissions(secret, **_):
    os.chmod(secret, 0o000)
    return "changed"


def touch_times(secret, **_):
    os.utime(secret, (0, 0))
    return "changed"


def link_to_secret(secret, scratch, **_):
    os.link(secret, f"{scratch}/mine")
    return Path(scratch, "mine").read_text()


def poison_a_library(**_):
    import numpy as np

    with open(np.__file__, "a") as file:
        file.write("\n# owned\n")
    return "numpy changed"


def poison_the_sandbox(package, **_):
    with open(f"{package}/sandbox/child.py", "a") as file:
        file.write("\n# owned\n")
    return "the sandbox changed"


def leave_in_shared_memory_folder(**_):
    Path("/dev/shm/discover-owned").write_text("owned")
    return "written"


def remount_writable(**_):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(None, b"/", None, 32 | 4096, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "remounted"


def leave_the_root(**_):
    os.chroot(sys.prefix)
    return "changed root"


def open_by_handle(**_):
    libc = ctypes.CDLL(None, use_errno=True)
    handle = (ctypes.c_uint32 * 32)(128)
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, b"/", handle, ctypes.byref(mount), 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "a handle"

# ruff: noqa: PTH123
"""Candidates that act on other processes, or start some. Loaded as source by the corpus only."""

import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def kill_parent(parent, **_):
    os.kill(parent, signal.SIGUSR1)
    return "signalled"


def kill_everyone(**_):
    os.kill(-1, signal.SIGUSR1)
    return "signalled"


def kill_the_zygote(**_):
    os.kill(os.getppid() or 1, signal.SIGUSR1)
    return "signalled" if os.getppid() else None


def kill_parent_by_thread(parent, **_):
    call("syscall", 234, parent, parent, signal.SIGUSR1)  # tgkill, on x86_64
    return "signalled"


def signal_through_a_descriptor(parent, **_):
    with open("/dev/null") as file:
        fcntl.fcntl(file, fcntl.F_SETOWN, parent)
    return "owner set"


def trace_parent(parent, **_):
    call("ptrace", ctypes.c_long(0x4206), ctypes.c_long(parent), None, None)
    return "traced"


def read_parent_by_vm(parent, **_):
    buffer = ctypes.create_string_buffer(8)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    call("process_vm_readv", parent, local, 1, local, 1, 0)
    return "read"


def lower_parent_limits(parent, **_):
    resource.prlimit(parent, resource.RLIMIT_NOFILE, (16, 16))
    return "lowered"


def raise_own_limits(**_):
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard * 8, hard * 8))
    return f"raised from {soft}"


def pin_parent(parent, **_):
    os.sched_setaffinity(parent, {0})
    return "pinned"


def renice(parent, **_):
    os.setpriority(os.PRIO_PROCESS, parent, 19)
    return "reniced"


def fork_a_daemon(scratch, **_):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(10_000)
        os._exit(0)
    return "a daemon"


def run_a_shell(**_):
    return subprocess.run(["/bin/sh", "-c", "id"], capture_output=True, check=True).stdout.decode()


def become_a_shell(**_):
    os.execv("/bin/sh", ["sh", "-c", "sleep 60"])


def run_from_memory(**_):
    descriptor = os.memfd_create("program")
    os.write(descriptor, Path(sys.executable).read_bytes())
    os.execv(f"/proc/self/fd/{descriptor}", ["python", "-c", "import time; time.sleep(60)"])


def spawn(**_):
    return os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {})


def enter_user_namespace(**_):
    call("unshare", 0x10000000)
    return "entered"


def clone_into_namespaces(**_):
    call("syscall", 56, 0x10000000 | 0x20000 | 17, 0, 0, 0, 0)  # clone, on x86_64
    return "cloned"


def set_up_io_uring(**_):
    parameters = ctypes.create_string_buffer(120)
    call("syscall", 425, 8, parameters)
    return "a ring"


def load_a_program_into_the_kernel(**_):
    call("syscall", 321, 0, ctypes.create_string_buffer(128), 128)  # bpf, on x86_64
    return "loaded"


def clear_death_signal(**_):
    call("prctl", 1, 0, 0, 0, 0)
    return "cleared"


def become_root(**_):
    os.setresuid(0, 0, 0)
    return f"user {os.getuid()}"

# ruff: noqa: PTH123
"""Candidates that take more than their share. Loaded as source by the corpus only."""

import ctypes
import mmap
import os
import signal
import sys
import threading
import time


def loop_ignoring_signals(**_):
    for number in range(1, 32):
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def sleep_forever(**_):
    time.sleep(10_000)


def stop_itself(**_):
    signal.raise_signal(signal.SIGSTOP)
    time.sleep(10_000)


def burn_cpu_on_threads(**_):
    def burn():
        while True:
            pass

    for _ in range(4):
        threading.Thread(target=burn, daemon=True).start()
    time.sleep(10_000)


def hundred_gigabytes(**_):
    return len([bytearray(1 << 24) for _ in range(6_000)])


def one_huge_array(**_):
    import numpy as np

    np.ones(10**11)


def thread_bomb(**_):
    threading.stack_size(65_536)
    threads = [threading.Thread(target=time.sleep, args=(10_000,)) for _ in range(20_000)]
    for thread in threads:
        thread.start()
    return "20,000 threads"


def native_threads(**_):
    """Below Python, where nothing of ours could count them."""
    libc, identity = ctypes.CDLL(None), ctypes.c_ulong()
    start = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: time.sleep(10_000))
    started = 0
    while started < 250 and not libc.pthread_create(ctypes.byref(identity), None, start, None):
        started += 1
    return f"{started} threads" if started else None


def more_threads_than_allowed(**_):
    threading.stack_size(65_536)
    threads = [threading.Thread(target=time.sleep, args=(10_000,), daemon=True) for _ in range(400)]
    for thread in threads:
        thread.start()
    return "400 threads"


def fork_bomb(**_):
    while True:
        os.fork()


def segfault(**_):
    ctypes.string_at(1)


def abort(**_):
    os.abort()


def overflow_the_stack(**_):
    sys.setrecursionlimit(10**9)
    nested = []
    for _ in range(10**5):
        nested = [nested]
    repr(nested)


def flood_stdout(**_):
    while True:
        print("x" * 10_000)


def flood_stderr_raw(**_):
    while True:
        os.write(2, b"y" * 100_000)


def open_many_files(**_):
    held = [open("/dev/null") for _ in range(100_000)]  # noqa: SIM115
    return f"{len(held)} files"


def fill_page_tables(**_):
    step = 1 << 40
    held = [mmap.mmap(-1, step, mmap.MAP_PRIVATE, mmap.PROT_READ) for _ in range(32)]
    return sum(area[at] for area in held for at in range(0, step, 1 << 21)) or "64 GiB of tables"


def fill_the_scratch_folder(scratch, **_):
    with open(f"{scratch}/big", "wb") as file:
        for _ in range(20_000):
            file.write(bytes(1 << 20))
    return "20 GB written"


def make_many_files(scratch, **_):
    for number in range(100_000):
        with open(f"{scratch}/{number}", "w"):
            pass
    return "100,000 files"


def huge_sparse_file(scratch, **_):
    with open(f"{scratch}/sparse", "wb") as file:
        file.truncate(1 << 40)
    return "a file of a tebibyte"

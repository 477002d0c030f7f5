"""Candidates that hide memory from the limits. Loaded as source by the corpus only."""

import ctypes
import mmap
import os

QUARTER = 1 << 28
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    result = getattr(LIBC, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def fill(area, size):
    for at in range(0, size, 4096):
        area[at] = 1
    return f"{size >> 20} MiB"


def map_anonymous_shared(**_):
    return fill(mmap.mmap(-1, 4 * QUARTER), 4 * QUARTER)


def map_the_zero_device(**_):
    descriptor = os.open("/dev/zero", os.O_RDWR)
    return fill(mmap.mmap(descriptor, 4 * QUARTER), 4 * QUARTER)


def fill_a_memory_file(**_):
    descriptor = os.memfd_create("hidden")
    for _ in range(1024):
        os.write(descriptor, bytes(1 << 20))
    return "1 GiB"


def system_v_segment(**_):
    segment = call("shmget", 0, ctypes.c_size_t(4 * QUARTER), 0o1600)
    call("shmctl", segment, 0, None)
    return "a segment"


def huge_pages(**_):
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000
    return fill(mmap.mmap(-1, QUARTER, flags), QUARTER)


def lock_in_memory(**_):
    call("mlockall", 3)
    return "locked"


def fill_pipes(**_):
    pairs = [os.pipe() for _ in range(100)]
    return f"{len(pairs)} pipes"


def swap_out_a_mapping(scratch, **_):
    descriptor = os.open(f"{scratch}/mapped", os.O_RDWR | os.O_CREAT)
    os.ftruncate(descriptor, QUARTER)
    return fill(mmap.mmap(descriptor, QUARTER), QUARTER)

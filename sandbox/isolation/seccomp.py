"""The system calls that a child may make; every other fails with EPERM.

What torch and numpy need to compute in one process is on the list. Not on it: exec, fork,
sockets, pipes, io_uring, ptrace, namespaces, keyrings, memfd and System V shared memory,
changes of ownership, permission, priority or limits, and signals to other processes.
"""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Mapping

from . import bpf
from .bpf import Block, Instruction
from .linux import syscall
from .syscalls import Machine, this_machine

_COMPUTE = """
    brk mprotect munmap mremap madvise futex set_robust_list rseq sched_yield
    sched_getaffinity getcpu getrandom restart_syscall exit exit_group
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
    clock_gettime clock_getres gettimeofday time times getrusage nanosleep clock_nanosleep
    getpid gettid getppid getuid geteuid getgid getegid getgroups uname sysinfo
"""
_FILES = """
    read write readv writev pread64 pwrite64 lseek close dup dup2 dup3
    open openat fstat newfstatat stat lstat statx access faccessat faccessat2
    readlink readlinkat getcwd chdir getdents64 fstatfs statfs ftruncate fsync
    mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2
    poll ppoll select pselect6
"""
_CHANNEL = "recvfrom recvmsg sendto"

_CLONE_THREAD = 0x00010100  # CLONE_THREAD | CLONE_VM
_CLONE_NEW_ANY = 0x7E020080  # every kind of namespace
_MAP_SHARED, _MAP_ANONYMOUS, _MAP_HUGETLB = 0x01, 0x20, 0x40000
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)  # DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC
_IOCTL_COMMANDS = (0x5401, 0x5413, 0x5421, 0x541B, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONBIO, FIONREAD, FIONCLEX, FIOCLEX: what Python asks of a file."""
_PRCTL_OPTIONS = (15, 16, 0x53564D41)  # SET_NAME, GET_NAME, SET_VMA

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4  # kernels before 5.16 slow a filtered process otherwise


def build(
    machine: Machine, pid: int, *, threads: bool = False, devices: bool = False
) -> list[Instruction]:
    """The filter for the process `pid` (as it sees itself).

    `threads` allows to start some, `devices` any ioctl.
    """
    numbers = machine.numbers
    program = [
        *bpf.load_architecture(),
        *bpf.unless_equal(machine.audit_arch, bpf.kill()),
        *bpf.load_number(),
    ]
    for name in (*_COMPUTE.split(), *_FILES.split(), *_CHANNEL.split()):
        if name in numbers:
            program += bpf.when_equal(numbers[name], bpf.allow())
    rules = dict(_conditional(pid))
    if not threads:
        rules["clone"] = bpf.refuse(errno.EAGAIN)  # as where a limit is reached
    if devices:
        rules["ioctl"] = bpf.allow()
    for name, rule in rules.items():
        program += bpf.when_equal(numbers[name], rule)
    return program + bpf.refuse(errno.EPERM)


def install(pid: int, *, threads: bool, devices: bool) -> None:
    """Bind this process, for good. Needs no_new_privs. Raises OSError where it cannot be."""
    machine = this_machine()
    code = bpf.assemble(build(machine, pid, threads=threads, devices=devices))
    argument = ctypes.byref(bpf.as_argument(code))
    syscall(
        "seccomp",
        machine.numbers["seccomp"],
        _SECCOMP_SET_MODE_FILTER,
        _SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        argument,
    )


def _conditional(pid: int) -> Mapping[str, Block]:
    """The calls whose arguments decide."""
    refused = bpf.refuse(errno.EPERM)
    return {
        "clone": [
            *bpf.load_argument(0),
            *bpf.mask(_CLONE_THREAD | _CLONE_NEW_ANY),
            *bpf.when_equal(_CLONE_THREAD, bpf.allow()),
            *refused,
        ],
        "clone3": bpf.refuse(errno.ENOSYS),  # its flags lie in memory; libc falls back to clone
        "mmap": [
            *bpf.load_argument(3),
            *bpf.mask(_MAP_SHARED | _MAP_ANONYMOUS),
            *bpf.when_equal(_MAP_SHARED | _MAP_ANONYMOUS, refused),  # escapes RLIMIT_DATA
            *bpf.load_argument(3),
            *bpf.mask(_MAP_HUGETLB),
            *bpf.when_equal(_MAP_HUGETLB, refused),  # not in the resident set
            *bpf.allow(),
        ],
        "tgkill": _pinned(0, pid, bpf.allow()) + refused,
        "prlimit64": _pinned(2, 0, _pinned(0, 0, bpf.allow())) + refused,  # read one's own
        "fcntl": _one_of(1, _FCNTL_COMMANDS),
        "ioctl": _one_of(1, _IOCTL_COMMANDS),
        "prctl": _one_of(0, _PRCTL_OPTIONS),
    }


def _pinned(index: int, value: int, block: Block) -> Block:
    """Run `block` if all 64 bits of argument `index` are `value`."""
    low = bpf.load_argument(index) + bpf.when_equal(value, block)
    return bpf.load_argument(index, high=True) + bpf.when_equal(0, low)


def _one_of(index: int, values: tuple[int, ...]) -> Block:
    """Allow where the low half of argument `index` is one of `values`."""
    block = bpf.load_argument(index)
    for value in values:
        block += bpf.when_equal(value, bpf.allow())
    return block + bpf.refuse(errno.EPERM)

"""Landlock: the files that a child may reach, and no TCP, no device calls, no signals out.

A rule set denies whatever it handles; rules then allow beneath a path. Source: the kernel's
Documentation/userspace-api/landlock.rst, by ABI version: 1 files, 2 refer, 3 truncate,
4 TCP, 5 ioctl on devices, 6 abstract sockets and signals.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable, Sequence

from .linux import syscall
from .syscalls import this_machine

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_ONLY_FOR_FILES = 1 << 0 | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _READ_FILE | _READ_DIR
_NET_TCP = 1 << 0 | 1 << 1
_SCOPE_ABSTRACT_UNIX_AND_SIGNAL = 1 << 0 | 1 << 1
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi_version() -> int:
    """The kernel's Landlock ABI. Raises OSError where there is none."""
    number = this_machine().numbers["landlock_create_ruleset"]
    return syscall("landlock", number, None, ctypes.c_size_t(0), _VERSION_FLAG)


def restrict(
    *,
    read: Iterable[str],
    write: Iterable[str],
    list_: Iterable[str] = (),
    devices: Sequence[str] = (),
) -> None:
    """Bind this thread, for good, to reading beneath `read` and anything but exec in `write`.

    Beneath `list_` it sees the names of files too. Paths that do not exist are left out.
    Needs no_new_privs. Raises OSError.
    """
    abi = abi_version()
    handled = (1 << _FILE_RIGHTS_BY_ABI[min(abi, 5)]) - 1
    execute = 1 << 0
    rules = [
        *((path, _READ) for path in read),
        *((path, _READ_DIR) for path in list_),
        *((path, handled & ~execute) for path in write),
        *((path, _READ_FILE | _WRITE_FILE | _IOCTL_DEV) for path in devices),
    ]
    numbers = this_machine().numbers
    attributes, size = _attributes(abi, handled)
    ruleset = syscall(
        "landlock_create_ruleset",
        numbers["landlock_create_ruleset"],
        ctypes.byref(attributes),
        ctypes.c_size_t(size),
        0,
    )
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & handled)
        syscall("landlock_restrict_self", numbers["landlock_restrict_self"], ruleset, 0)
    finally:
        os.close(ruleset)


def _attributes(abi: int, handled: int) -> tuple[_Ruleset, int]:
    """The rule set's attributes, and how many bytes of them this kernel knows."""
    net = _NET_TCP if abi >= 4 else 0
    scoped = _SCOPE_ABSTRACT_UNIX_AND_SIGNAL if abi >= 6 else 0
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    return _Ruleset(handled, net, scoped), size


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            rights &= _ONLY_FOR_FILES
        if not rights:
            return
        rule = _PathBeneath(rights, parent)
        syscall(
            "landlock_add_rule",
            this_machine().numbers["landlock_add_rule"],
            ruleset,
            _RULE_PATH_BENEATH,
            ctypes.byref(rule),
            0,
        )
    finally:
        os.close(parent)

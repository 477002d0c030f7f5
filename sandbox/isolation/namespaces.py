"""Namespaces: processes, users, mounts, network and IPC of a child's own.

The zygote enters a user namespace (as root: none is needed), a pid and a mount namespace
once, so that it may give each child a pid namespace with a single fork, and shuts itself
into a root that holds nothing but libraries. Each child adds namespaces of its own.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from . import linux
from .syscalls import this_machine

NOBODY = 65534
SCRATCH = "/discover-scratch"
"""The one folder that a child may write to. Not /tmp: libraries may lie below that."""
_HOST_NAME = "sandbox"
_NEW_ROOT = "/tmp"
_SCRATCH_OPTIONS = "size=64m,nr_inodes=4096,mode=0777"


def enter_as_zygote() -> None:
    """Give this process a user and a mount namespace, and its children a pid namespace.

    Only a process that is forked from here on is in the pid namespace, as its first.
    Raises OSError where the system does not allow it.
    """
    if os.geteuid() == 0:
        linux.unshare(linux.CLONE_NEWPID | linux.CLONE_NEWNS)
        return
    uid, gid = os.geteuid(), os.getegid()
    linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS)
    _map_ids("/proc", uid, gid)


def _map_ids(proc: str, uid: int, gid: int) -> None:
    """In a new user namespace, be nobody; outside one stays `uid` and `gid`."""
    Path(proc, "self/setgroups").write_text("deny")
    Path(proc, "self/uid_map").write_text(f"{NOBODY} {uid} 1")
    Path(proc, "self/gid_map").write_text(f"{NOBODY} {gid} 1")


def enter_as_child(proc: int) -> None:
    """Add what is the child's alone, then give up every privilege.

    `proc` is a descriptor of a /proc folder. The user namespace gives the child a count
    of threads of its own, so that it cannot use up the others' share.
    """
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("tmpfs", SCRATCH, "tmpfs", flags, _SCRATCH_OPTIONS)
    socket.sethostname(_HOST_NAME)
    become_nobody()
    linux.unshare(linux.CLONE_NEWUSER)
    linux.set_dumpable(True)  # or the map's file belongs to root
    _map_ids_at(proc)
    linux.set_dumpable(False)


def _map_ids_at(proc: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {NOBODY} 1"),
        ("gid_map", f"{NOBODY} {NOBODY} 1"),
    ):
        descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def become_nobody() -> None:
    """As root, become nobody for good; others stay who they are."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)


def close_root(
    *,
    visible: Sequence[str],
    hidden: Sequence[str],
    copied: Sequence[str],
    devices: Sequence[str],
) -> None:
    """Replace this mount namespace's root by one that holds only these paths, read-only.

    What is `hidden` beneath the visible ones is covered. `copied` files become copies as
    they are now. Raises OSError where it cannot be done.
    """
    copies = {path: Path(path).read_bytes() for path in copied if Path(path).exists()}
    linux.mount("none", "/", "none", linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("root", _NEW_ROOT, "tmpfs", linux.MS_NOSUID, "size=4m,mode=0755")
    old = f"{_NEW_ROOT}/.old"
    Path(old).mkdir()
    number = this_machine().numbers["pivot_root"]
    linux.syscall("pivot_root", number, _NEW_ROOT.encode(), old.encode())
    os.chdir("/")
    for path in visible:
        _bind("/.old", path, linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV)
    for path in hidden:
        _cover(path)
    for path in devices:
        _bind("/.old", path, linux.MS_NOSUID)
    for path, content in copies.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)
    Path(SCRATCH).mkdir(exist_ok=True)
    linux.unmount("/.old")
    Path("/.old").rmdir()
    read_only = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | linux.MS_NOSUID
    linux.mount("none", "/", "none", read_only)


def _cover(path: str) -> None:
    """Put an empty folder, or an empty file, over `path`."""
    if Path(path).is_dir():
        linux.mount("nothing", path, "tmpfs", linux.MS_RDONLY, "size=4k,mode=0555")
    else:
        linux.mount("/.old/dev/null", path, "none", linux.MS_BIND)


def _bind(old_root: str, path: str, flags: int) -> None:
    """Show the old root's `path` at the same place; what is not there stays away."""
    source, target = Path(old_root + path), Path(path)
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    linux.mount(str(source), path, "none", linux.MS_BIND)
    kept = os.statvfs(path).f_flag & (linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    linux.mount("none", path, "none", linux.MS_REMOUNT | linux.MS_BIND | flags | kept)

"""Become an ordinary user who can reach this interpreter, then run a Python program.

    python ordinary_user.py UID program.py [arguments]

Needs root. Interpreters and checkouts often lie below a home that nobody else may enter,
so such a home is replaced, in a mount namespace of this process alone, by an open folder
that holds nothing else.
"""

import os
import sys
from pathlib import Path

from discover.sandbox.isolation import linux


def main() -> None:
    uid, program, *arguments = sys.argv[1:]
    open_the_way([Path(sys.base_prefix), Path(sys.prefix), *map(Path, sys.path)])
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
    os.environ["HOME"] = "/tmp"
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    os.execv(sys.executable, [sys.executable, program, *arguments])


def open_the_way(paths: list[Path]) -> None:
    """Make every existing path reachable for others, in a mount namespace of our own."""
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount("none", "/", "none", linux.MS_REC | linux.MS_PRIVATE)
    closed = {home: path for path in paths if path.exists() and (home := closed_home(path))}
    for home in closed:
        below = {path for path in paths if path.is_relative_to(home) and path.exists()}
        held = {path: os.open(path, os.O_PATH) for path in below}
        linux.mount("open", str(home), "tmpfs", 0, "mode=0755")
        for path, descriptor in sorted(held.items()):
            if path.exists():  # came with a path above it
                continue
            path.mkdir(parents=True)
            linux.mount(f"/proc/self/fd/{descriptor}", str(path), "none", linux.MS_BIND)


def closed_home(path: Path) -> Path | None:
    """The outermost folder on the way to `path` that others may not enter."""
    ways = [way for way in reversed(path.parents) if not way.stat().st_mode & 0o001]
    return ways[0] if ways else None


if __name__ == "__main__":
    main()

"""What a child may see of the file system: libraries and packages, and nothing of anyone's."""

from __future__ import annotations

import site
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

_SYSTEM = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache")
CPU_DETAILS = ("/sys/devices/system/cpu",)
"""Without these torch picks slower kernels."""
PROC_FILES = ("/proc/cpuinfo", "/proc/meminfo")
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")


def library_paths(packages: Sequence[str]) -> list[str]:
    """Existing files and folders with code that a child may import later on.

    The interpreter's libraries, installed packages, and of each package that lies elsewhere
    (a checkout) only its modules: neither databases nor notes nor .git beside them.
    """
    found = {Path(path) for path in (*_SYSTEM, *site.getsitepackages(), site.getusersitepackages())}
    found |= {Path(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)}
    found |= {path for path in map(Path, sys.path) if path.name in _INSTALLED}
    libraries = [path for path in found if path.exists()]
    for package in packages:
        libraries += _package_paths(package)
    return outermost([*libraries, *(path.resolve() for path in libraries)])


_INSTALLED = frozenset({"site-packages", "dist-packages", "lib-dynload"})


def _package_paths(name: str) -> list[Path]:
    """The code of an imported package or module."""
    module = sys.modules[name]
    if module.__file__ is None:
        return []
    file = Path(module.__file__)
    if not hasattr(module, "__path__"):
        return [file]
    folders = [path.parent for path in file.parent.glob("*/__init__.py")]
    return [*file.parent.glob("*.py"), *folders]


def outermost(paths: Iterable[Path]) -> list[str]:
    """`paths` without those beneath another of them, sorted."""
    kept: list[Path] = []
    for path in sorted({path.absolute() for path in paths}):
        if not kept or not path.is_relative_to(kept[-1]):
            kept.append(path)
    return [str(path) for path in kept]

"""What a child may see of the file system: libraries and packages, and nothing of anyone's.

Of this package that is `sandbox/` alone: a harness is imported before any candidate, and
what judges a candidate is not for it to read. Nor are Python's help topics, the one long
text in every installation: who evaluates language models may hold parts of it out.
"""

from __future__ import annotations

import site
import sys
import sysconfig
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


_OURS = Path(__file__).parents[2]
_SHOWN_OF_OURS = "sandbox"
_HELP = "pydoc_data"


def _package_paths(name: str) -> list[Path]:
    """The code of an imported package or module."""
    module = sys.modules[name]
    if module.__file__ is None:
        return []
    file = Path(module.__file__)
    if not hasattr(module, "__path__"):
        return [file]
    if file.parent == _OURS:
        return [_OURS / _SHOWN_OF_OURS]
    folders = [path.parent for path in file.parent.glob("*/__init__.py")]
    return [*file.parent.glob("*.py"), *folders]


def hidden_paths(visible: Iterable[str]) -> list[str]:
    """What lies beneath `visible` and must not be read: see above.

    The libraries of other Pythons, which hold the same topics, are left out whole.
    """
    tops = [Path(path) for path in visible]
    library = Path(sysconfig.get_path("stdlib")).resolve()
    found = [path for path in _OURS.iterdir() if path.name != _SHOWN_OF_OURS]
    for top in tops:
        for path in (*top.glob(_HELP), *top.glob(f"*/{_HELP}")):
            found.append(path if path.parent.resolve() == library else path.parent)
    beneath = [path for path in found if any(path.is_relative_to(top) for top in tops)]
    return outermost(beneath)


def without(visible: Iterable[str], hidden: Sequence[str]) -> list[str]:
    """Paths that together hold what `visible` do, but for what is `hidden`.

    A link is left out: where it leads is visible by itself, or not meant to be.
    """
    found: list[str] = []
    for path in map(Path, visible):
        if path.is_symlink():
            continue
        inside = [other for other in hidden if Path(other).is_relative_to(path)]
        if not inside:
            found.append(str(path))
        elif str(path) not in inside:
            found += without(map(str, path.iterdir()), inside)
    return found


def outermost(paths: Iterable[Path]) -> list[str]:
    """`paths` without those beneath another of them, sorted."""
    kept: list[Path] = []
    for path in sorted({path.absolute() for path in paths}):
        if not kept or not path.is_relative_to(kept[-1]):
            kept.append(path)
    return [str(path) for path in kept]

"""Finding a domain: by the name of an entry point, or by the path of a Python file."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import inspect
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

from .domain import Domain, DomainError
from .program import ProgramDomain

GROUP = "discover.domains"
REQUIRED = ("name", "brief", "references", "tiers", "objectives", "descriptors", "gate", "run")


def domain_names() -> list[str]:
    """The names of all installed domains."""
    return sorted(entry.name for entry in _installed())


@functools.cache
def load_domain(spec: str) -> Domain:
    """The domain called `spec`, or the one that the file at `spec` defines.

    A file defines a module-level `domain` (an object, or a class or function that makes
    one), or exactly one subclass of ProgramDomain. It runs in this process: it is the
    user's own code. Each process loads a domain once. Raises DomainError.
    """
    if spec.endswith(".py") or "/" in spec:
        return _complete(spec, _from_file(Path(spec)))
    for entry in _installed():
        if entry.name == spec:
            return _complete(spec, _made(entry.load(), spec))
    raise DomainError(_unknown(spec))


def _installed() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)


def _unknown(spec: str) -> str:
    names = domain_names()
    near = difflib.get_close_matches(spec, names, n=3, cutoff=0.4)
    if near:
        return f"unknown domain {spec!r}; did you mean {' or '.join(near)}?"
    return f"unknown domain {spec!r}; there are {', '.join(names)}, or give the path of a .py file"


def _from_file(path: Path) -> Domain:
    if not path.is_file():
        raise DomainError(f"no domain file at {path}")
    location = importlib.util.spec_from_file_location(f"discover_domain_{path.stem}", path)
    if location is None or location.loader is None:
        raise DomainError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(location)
    try:
        location.loader.exec_module(module)
    except SyntaxError as error:
        raise DomainError(f"{path} line {error.lineno}: {error.msg}") from error
    except Exception as error:
        raise DomainError(f"{path} cannot be loaded: {type(error).__name__}: {error}") from error
    return _made(_definition(module, path), str(path))


def _definition(module: ModuleType, path: Path) -> object:
    if hasattr(module, "domain"):
        return module.domain
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, ProgramDomain)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        names = ", ".join(cls.__name__ for cls in found) or "none"
        raise DomainError(
            f"{path} must define `domain`, or one subclass of ProgramDomain; it defines {names}"
        )
    return found[0]


def _made(definition: object, spec: str) -> Domain:
    if not callable(definition):
        return cast(Domain, definition)
    factory = cast(Callable[[], Domain], definition)
    try:
        return factory()
    except TypeError as error:
        raise DomainError(f"{spec}: `domain` cannot be made: {error}") from error


def _complete(spec: str, domain: Domain) -> Domain:
    missing = [name for name in REQUIRED if not _defines(domain, name)]
    if missing:
        raise DomainError(f"{spec}: the domain lacks {', '.join(missing)}")
    return domain


def _defines(domain: object, name: str) -> bool:
    """Whether `name` is there, without running the property that it may be."""
    return inspect.getattr_static(domain, name, None) is not None

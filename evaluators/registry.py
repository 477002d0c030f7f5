"""Finding a domain: by the name of an entry point, or by the path of its file."""

from __future__ import annotations

import difflib
import functools
import importlib.util
import inspect
import os
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

from ..harmless import shown
from . import definition
from .domain import Domain, DomainError
from .faults import blamed
from .program import ProgramDomain, validate_programs
from .validation import validate

GROUP = "discover.domains"


def domain_names() -> list[str]:
    """The names of all installed domains."""
    return sorted(entry.name for entry in _installed())


def load_domain(spec: str) -> Domain:
    """The domain called `spec`, or the one that the file at `spec` defines.

    A file defines a module-level `domain` (an object, or a class or function that makes
    one), or exactly one subclass of ProgramDomain. It runs in this process: it is the
    user's own code. A YAML file is the spec of a table (docs/search.md). Each process loads a
    domain once. Raises DomainError.
    """
    return _load(located(spec))[0]


def definition_of(spec: str) -> str:
    """What the scores of the domain that `spec` names mean, as it was loaded: see definition.py.

    Raises DomainError.
    """
    return _load(located(spec))[1]()


def is_file(spec: str) -> bool:
    """Whether `spec` is the path of a file, and not a name."""
    return spec.endswith((".py", *definition.SPECS)) or "/" in spec


def located(spec: str) -> str:
    """`spec`, or its absolute path: a file is found from any folder, and loaded once."""
    return os.path.abspath(spec) if is_file(spec) else spec  # noqa: PTH100


@functools.cache
def _load(spec: str) -> tuple[Domain, Callable[[], str]]:
    """The domain, and what tells its definition."""
    if is_file(spec):
        if Path(spec).exists() and not Path(spec).is_file():  # for a pipe one would wait
            raise DomainError(f"{spec}: expected a file that defines a domain")
        defined = definition.of_file(Path(spec))
        return _sound(spec, _from_file(Path(spec))), lambda: defined
    for entry in _installed():
        if entry.name == spec:
            domain = _sound(spec, _made(entry.load(), spec))
            return domain, functools.partial(definition.of_installed, entry, domain)
    raise DomainError(_unknown(spec))


def _installed() -> Iterable[EntryPoint]:
    return entry_points(group=GROUP)


def _unknown(spec: str) -> str:
    names = domain_names()
    near = difflib.get_close_matches(spec, names, n=3, cutoff=0.4)
    if near:
        return f"unknown domain {shown(spec)}; did you mean {' or '.join(near)}?"
    return (
        f"unknown domain {shown(spec)}; there are {', '.join(names)}, or give a .py or .yaml file"
    )


def _from_file(path: Path) -> Domain:
    return _from_spec(path) if path.suffix in definition.SPECS else _from_program(path)


def _from_spec(path: Path) -> Domain:
    from .tabular import TabularDomain

    return cast(Domain, TabularDomain.load(path))


def _from_program(path: Path) -> Domain:
    location = importlib.util.spec_from_file_location(f"discover_domain_{path.stem}", path)
    if location is None or location.loader is None:
        raise DomainError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(location)
    try:
        location.loader.exec_module(module)
    except SyntaxError as error:
        raise DomainError(f"{path} line {error.lineno}: {error.msg}") from error
    except Exception as error:
        raise DomainError(f"{path} cannot be loaded: {blamed(error, str(path))}") from error
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
    if missing := getattr(definition, "__abstractmethods__", ()):
        raise DomainError(f"{spec}: {_lacking(cast(type, definition), sorted(missing))}")
    factory = cast(Callable[[], Domain], definition)
    try:
        return factory()
    except Exception as error:
        raise DomainError(f"{spec}: `domain` cannot be made: {blamed(error, spec)}") from error


def _lacking(definition: type, missing: list[str]) -> str:
    """What a class leaves out, and what of its own may have been meant for it."""
    own = [name for name, value in vars(definition).items() if inspect.isfunction(value)]
    near = [n for name in missing for n in difflib.get_close_matches(name, own, n=1)]
    meant = f"; did you mean that by {' and '.join(near)}?" if near else ""
    return f"the class {definition.__name__} lacks the method {' and '.join(missing)}{meant}"


def _sound(spec: str, domain: Domain) -> Domain:
    validate(spec, domain)
    if isinstance(domain, ProgramDomain):
        validate_programs(spec, domain)
    return domain

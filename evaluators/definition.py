"""What a domain's scores mean: under another definition they are other figures.

A file is defined by its program, whatever its comments and layout. What it imports or reads
beyond itself is not seen: change `protocol` in it when that changes. A table is defined by its
spec and its rows, to the byte. An installed domain is
defined by its protocol where it states one, else by the version of its package.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import EntryPoint
from pathlib import Path

from ..space import canonical_form
from .domain import Domain, DomainError, Versioned

DIGITS = 32
"""Of a file's hash: 128 bits, since the seal of a file that may run itself rests on it."""


SPECS = (".yaml", ".yml")
"""How the name of a table's spec file ends."""


def of_file(path: Path) -> str:
    """The definition in a Python file, which is not run, or a spec; raises DomainError."""
    if path.suffix in SPECS:
        return of_table(path)
    try:
        program = canonical_form(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "expected text in UTF-8"
        raise DomainError(f"no domain file at {path}: {why}") from error
    except SyntaxError as error:
        raise DomainError(f"{path} line {error.lineno}: {error.msg}") from error
    digest = hashlib.sha256(program.encode(errors="surrogatepass")).hexdigest()
    return f"file {digest[:DIGITS]}"


def of_table(path: Path, tables: Path | None = None) -> str:
    """The definition in the spec at `path`, of a table beside it or in the folder `tables`."""
    from .tabular import find_table, folders, read_spec

    try:
        table = find_table(read_spec(path), folders(path, tables))
        digest = hashlib.sha256(path.read_bytes() + b"\0" + table.read_bytes()).hexdigest()
    except OSError as error:
        raise DomainError(str(error)) from error
    return f"table {digest[:DIGITS]}"


def of_installed(entry: EntryPoint, domain: Domain) -> str:
    """The definition of a domain that an entry point names."""
    if isinstance(domain, Versioned):
        return f"{domain.name} protocol {domain.protocol}"
    version = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "unknown version"
    return f"{domain.name} of {version}"

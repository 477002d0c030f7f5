"""What runs were measured on: those on other rows, by another spec or model do not compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...evaluators.definition import of_table
from .methods import Method
from .results import Key, Run

DIGITS = 12
"""Of a table's definition: enough to tell the versions of one table apart."""

Bases = Mapping[tuple[str, str], str]
"""By table and method: a digest of the table and its spec, and the method's value model."""


def bases(
    specs: Sequence[tuple[str, Path]], tables: Path | None, methods: Sequence[Method]
) -> Bases:
    """What each method would be measured on now.

    Raises DomainError where there is no such table.
    """
    digests = {name: of_table(spec, tables).split()[-1][:DIGITS] for name, spec in specs}
    return {
        (name, method.name): f"{digest} {method.model}"
        for name, digest in digests.items()
        for method in methods
    }


def comparable(runs: Iterable[Run], now: Bases) -> dict[Key, Run]:
    """Those measured on what `now` says, and those of older files, which do not tell."""
    found: dict[Key, Run] = {}
    for run in runs:
        if run.basis in ("", now.get((run.table, run.method))):
            found.setdefault(run.key, run)
    return found

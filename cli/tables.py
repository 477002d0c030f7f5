"""The tables that ship with their specs, and those that a user names."""

from __future__ import annotations

from os.path import realpath
from pathlib import Path

from ..harmless import shown
from .border import UserError, require_regular_file

SPECS = Path(__file__).resolve().parents[1] / "examples" / "tables"


def specs(named: list[str] | None) -> list[Path]:
    """The spec files of those named, by path or as one of ours is called; all of ours if none.

    Each is there once, however often and by whichever path it is named.
    """
    if not named:
        return sorted(SPECS.glob("*.yaml"))
    paths = [Path(name) if Path(name).suffix else SPECS / f"{name}.yaml" for name in named]
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(realpath(path), path)
    return list(found.values())


def named_specs(named: list[str] | None) -> list[tuple[str, Path]]:
    """As `specs`, each with its table's name; two of one name would be taken for one table."""
    from ..evaluators.tabular import read_spec

    found: dict[str, Path] = {}
    for path in specs(named):
        require_regular_file(path, "the spec of a table")
        name = read_spec(path).name
        if name in found:
            raise UserError(
                f"{path}: its name {shown(name)} is also that of {found[name]}; expected another"
            )
        found[name] = path
    return list(found.items())

"""The tables that ship with their specs, and those that a user names."""

from __future__ import annotations

from pathlib import Path

SPECS = Path(__file__).resolve().parents[1] / "examples" / "tables"


def specs(named: list[str] | None) -> list[Path]:
    """The spec files of those named, by path or as one of ours is called; all of ours if none."""
    if not named:
        return sorted(SPECS.glob("*.yaml"))
    return [Path(name) if Path(name).suffix else SPECS / f"{name}.yaml" for name in named]

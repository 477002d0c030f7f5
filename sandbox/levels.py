"""How strong a sandbox is, and how that was found out."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("S0", "S1", "S2", "S3")
"""Weakest first: nothing; own process and resource limits; Landlock, seccomp and limits;
the same within namespaces."""


@dataclass(frozen=True)
class Layer:
    """One layer: whether it is active, and what stood in the way if not."""

    name: str
    active: bool
    reason: str = ""


@dataclass(frozen=True)
class Attack:
    """Something that a throwaway child tried, and what came of it."""

    name: str
    stopped: bool
    outcome: str


@dataclass(frozen=True)
class IsolationReport:
    """What this machine offers, found by doing."""

    level: str
    layers: tuple[Layer, ...]
    attacks: tuple[Attack, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the level is not higher, one line each."""
        inactive = [f"{layer.name}: {layer.reason}" for layer in self.layers if not layer.active]
        return (*inactive, *(f"{a.name}: {a.outcome}" for a in self.attacks if not a.stopped))


def at_least(level: str, demanded: str) -> bool:
    """Whether `level` is as strong as `demanded`. Raises ValueError for other words."""
    for name in (level, demanded):
        if name not in LEVELS:
            raise ValueError(f"expected an isolation level of {', '.join(LEVELS)}, got {name!r}")
    return LEVELS.index(level) >= LEVELS.index(demanded)

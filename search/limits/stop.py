"""Stop conditions: small, and combined by listing them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from .budget import Budget, Unit

INTERRUPTED = "interrupted"
"""The reason that leaves a campaign to be resumed; after any other comes verification."""


@dataclass(frozen=True)
class Progress:
    """Where a campaign stands, as stop conditions and views see it.

    `reserved` is what the runs in flight may still cost at most: by their time limits.
    Scores are as the objective has them.
    """

    spent: Mapping[Unit, float]
    evaluations: int
    best: float | None
    since_best: int
    reserved: Mapping[Unit, float] = field(default_factory=dict)

    @property
    def committed(self) -> dict[Unit, float]:
        """Spent and reserved: held against a budget, it is never passed by more than a run."""
        units = {*self.spent, *self.reserved}
        return {unit: self.spent.get(unit, 0.0) + self.reserved.get(unit, 0.0) for unit in units}

    @property
    def settled(self) -> Progress:
        """The same as if what is in flight cost nothing more."""
        return replace(self, reserved={})


class StopCondition(Protocol):
    """Says why to stop, or None to go on."""

    def __call__(self, progress: Progress) -> str | None: ...


@dataclass(frozen=True)
class BudgetSpent:
    """Stops when a limit of the budget is reached; `name` is what that budget is called."""

    budget: Budget
    name: str = "the budget"

    def __call__(self, progress: Progress) -> str | None:
        unit = self.budget.reached(progress.committed)
        return None if unit is None else f"{self.name} is spent ({unit.label})"


@dataclass(frozen=True)
class TargetScore:
    """Stops at a score at least as good as `target` (`sign` -1: lower is better)."""

    target: float
    sign: int = 1

    def __call__(self, progress: Progress) -> str | None:
        if progress.best is None or self.sign * (progress.best - self.target) < 0:
            return None
        return f"the target score {self.target:g} is reached"


def target_fault(target: float) -> str | None:
    """What is wrong with the target of a TargetScore, or None."""
    return None if math.isfinite(target) else f"target is a score; got {target}"


@dataclass(frozen=True)
class Stagnation:
    """Stops after `patience` ranking evaluations without a new best."""

    patience: int

    def __call__(self, progress: Progress) -> str | None:
        if progress.since_best < self.patience:
            return None
        return f"no new best in {progress.since_best} evaluations"


@dataclass(frozen=True)
class SignalFile:
    """Stops when a file appears: for runs that nobody watches."""

    path: Path

    def __call__(self, progress: Progress) -> str | None:
        return f"{self.path} asks to stop" if self.path.exists() else None


@dataclass(frozen=True)
class Interrupted:
    """Stops where one of `conditions` says that the user interrupted, and for nothing else."""

    conditions: Sequence[StopCondition]

    def __call__(self, progress: Progress) -> str | None:
        reasons = [condition(progress) for condition in self.conditions]
        return INTERRUPTED if INTERRUPTED in reasons else None


def first_reason(conditions: Iterable[StopCondition], progress: Progress) -> str | None:
    """The first reason that any of `conditions` gives."""
    return next((reason for c in conditions if (reason := c(progress)) is not None), None)

"""Stop conditions: small, and combined by listing them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .budget import Budget, Unit


@dataclass(frozen=True)
class Progress:
    """Where a campaign stands, as stop conditions and views see it.

    `spent` counts what is in flight at its time limit, so that a budget is never
    passed by more than one evaluation. Scores are as the objective has them.
    """

    spent: dict[Unit, float]
    evaluations: int
    best: float | None
    since_best: int


class StopCondition(Protocol):
    """Says why to stop, or None to go on."""

    def __call__(self, progress: Progress) -> str | None: ...


@dataclass(frozen=True)
class BudgetReached:
    """Stops when a limit of the budget is reached."""

    budget: Budget

    def __call__(self, progress: Progress) -> str | None:
        unit = self.budget.reached(progress.spent)
        return None if unit is None else f"the budget's {unit.value} are spent"


@dataclass(frozen=True)
class TargetScore:
    """Stops at a score at least as good as `target` (`sign` -1: lower is better)."""

    target: float
    sign: int = 1

    def __call__(self, progress: Progress) -> str | None:
        if progress.best is None or self.sign * (progress.best - self.target) < 0:
            return None
        return f"the target score {self.target:g} is reached"


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


def first_reason(conditions: Iterable[StopCondition], progress: Progress) -> str | None:
    """The first reason that any of `conditions` gives."""
    return next((reason for c in conditions if (reason := c(progress)) is not None), None)

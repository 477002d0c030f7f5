"""Budgets: what a campaign may spend, in which units, and what is left of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ...harmless import shown


class Unit(StrEnum):
    """What is counted. The value is the name under which the ledger keeps it."""

    WALL = "wall_s"
    DEVICE = "device_s"
    CPU = "cpu_s"
    EVALUATIONS = "evaluations"
    MONEY = "usd"
    TOKENS = "tokens"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


WHOLE = (Unit.EVALUATIONS, Unit.TOKENS)
"""What there is no part of."""
SECONDS = (Unit.WALL, Unit.DEVICE, Unit.CPU)
_LABELS = {
    Unit.WALL: "wall time",
    Unit.DEVICE: "device time",
    Unit.CPU: "CPU time",
    Unit.EVALUATIONS: "evaluations",
    Unit.MONEY: "money",
    Unit.TOKENS: "tokens",
}


class BudgetError(ValueError):
    """A budget that cannot be read; the message is one line for the user."""


Spent = Mapping[Unit, float]

HOUR = 3600.0
MOST = 1e15
"""Of any unit: beyond it, binary fractions do not keep a second's."""
LEAST_RUNS = 6
"""A verification takes at least this many evaluations: two programs, three seeds each."""
_SUFFIXES: dict[str, tuple[Unit, float]] = {
    "s": (Unit.WALL, 1.0),
    "m": (Unit.WALL, 60.0),
    "min": (Unit.WALL, 60.0),
    "h": (Unit.WALL, HOUR),
    "d": (Unit.WALL, 24 * HOUR),
    "gpuh": (Unit.DEVICE, HOUR),
    "cpuh": (Unit.CPU, HOUR),
    "eval": (Unit.EVALUATIONS, 1.0),
    "evals": (Unit.EVALUATIONS, 1.0),
    "usd": (Unit.MONEY, 1.0),
    "tok": (Unit.TOKENS, 1.0),
    "ktok": (Unit.TOKENS, 1e3),
    "mtok": (Unit.TOKENS, 1e6),
}
_TERM = re.compile(r"(?P<dollar>\$?)(?P<amount>\d+(?:\.\d+)?)(?P<suffix>[a-z]*)", re.IGNORECASE)
EXAMPLES = "30m, 2h, 200gpuh, 3cpuh, 50evals, $20, 2Mtok, or several joined by commas"


@dataclass(frozen=True)
class Budget:
    """Limits by unit. The first that is reached ends the search.

    Amounts are in the unit's base: seconds, evaluations, US dollars, tokens.
    """

    limits: Mapping[Unit, float]
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read a budget such as `"30m"` or `"200gpuh,$20"`; raises BudgetError."""
        limits: dict[Unit, float] = {}
        for term in text.split(","):
            unit, amount = _parse_term(term.strip())
            if unit in limits:
                raise BudgetError(f"budget {shown(text)} gives {unit.label} twice")
            limits[unit] = amount
        return cls(limits, text)

    @property
    def names_gpu(self) -> bool:
        """Whether device time was asked for in GPU-hours."""
        return "gpuh" in self.text.lower()

    def share(self, fraction: float, spent: Spent) -> Budget:
        """A budget that allows, beyond `spent`, only `fraction` of what this one allows.

        Of evaluations a part leaves at least LEAST_RUNS, where there are twice as many: fewer
        would be kept for nothing.
        """
        limits = {}
        for unit in self.limits:
            left = self.left(unit, spent)
            allowed = fraction * left
            if fraction < 1 and unit is Unit.EVALUATIONS and left >= 2 * LEAST_RUNS:
                allowed = min(allowed, left - LEAST_RUNS)
            limits[unit] = spent.get(unit, 0.0) + allowed
        return Budget(limits, self.text)

    def plus(self, more: Budget, spent: Spent) -> Budget:
        """This much more than it was, or than was `spent` where that is more, as after a
        verification by hand, or where there was no limit. Raises BudgetError where that is too
        much to be counted."""
        limits = dict(self.limits)
        for unit, amount in more.limits.items():
            had = max(limits.get(unit, 0.0), spent.get(unit, 0.0))
            limits[unit] = _countable(unit, had + amount)
        return Budget(limits, _written(limits))

    def used(self, spent: Spent) -> float:
        """The largest share of a limit that is spent; 1 or more where one is reached."""
        return max((spent.get(u, 0.0) / limit for u, limit in self.limits.items()), default=0.0)

    def reached(self, spent: Spent) -> Unit | None:
        """A limit that `spent` has reached, or None."""
        for unit, limit in self.limits.items():
            if spent.get(unit, 0.0) >= limit:
                return unit
        return None

    def left(self, unit: Unit, spent: Spent) -> float:
        """What is left of `unit`: infinite where it has no limit, never below 0."""
        return max(0.0, self.limits.get(unit, float("inf")) - spent.get(unit, 0.0))

    def slot_seconds_left(self, spent: Spent, slots: int) -> float:
        """Device-seconds that `slots` slots can still use, by wall time, device time and CPU time:
        a run computes on one thread, for as long as it holds its slot."""
        wall = self.left(Unit.WALL, spent) * slots
        return min(wall, self.left(Unit.DEVICE, spent), self.left(Unit.CPU, spent))


def _parse_term(term: str) -> tuple[Unit, float]:
    match = _TERM.fullmatch(term)
    suffix = "" if match is None else match["suffix"].lower()
    if match is not None and match["dollar"]:
        suffix = suffix or "usd"
    if match is None or suffix not in _SUFFIXES or (match["dollar"] and suffix != "usd"):
        raise BudgetError(f"cannot read the budget {shown(term)}: expected {EXAMPLES}")
    unit, scale = _SUFFIXES[suffix]
    # As written: 4.1 times a million is no whole number in binary.
    exact = Decimal(match["amount"]) * Decimal(scale)
    if exact <= 0:
        raise BudgetError(f"the budget {shown(term)} is nothing: expected more than zero")
    amount = _countable(unit, float(exact))
    if unit in WHOLE and exact % 1:
        raise BudgetError(f"the budget {shown(term)} is no whole number of {unit.label}")
    return unit, amount


def _countable(unit: Unit, amount: float) -> float:
    """`amount`; raises BudgetError where it is more than MOST."""
    if amount > MOST:
        base = " seconds" if unit in SECONDS else ""
        raise BudgetError(f"a budget of {unit.label} is at most {MOST:,.0f}{base}")
    return amount


def _written(limits: Mapping[Unit, float]) -> str:
    """`limits` as a text that `parse` reads back."""
    suffixes = {
        Unit.WALL: "s",
        Unit.DEVICE: "gpuh",
        Unit.CPU: "cpuh",
        Unit.EVALUATIONS: "evals",
        Unit.MONEY: "usd",
        Unit.TOKENS: "tok",
    }
    terms = []
    for unit, limit in limits.items():
        amount = _decimal(limit / _SUFFIXES[suffixes[unit]][1])
        terms.append(f"{amount}{suffixes[unit]}")
    return ",".join(terms)


def _decimal(amount: float) -> str:
    """`amount` with six digits behind the point, or six that say something, if it is below 1."""
    text = f"{amount:.6f}" if amount >= 1 else f"{Decimal(f'{amount:.6g}'):f}"
    return text.rstrip("0").rstrip(".")

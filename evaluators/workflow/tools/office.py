"""Small deterministic tools: units, dates, money by a given table, and look-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from .calculator import evaluate, shown

UNITS: Mapping[str, tuple[str, Fraction]] = {
    "metre": ("length", Fraction(1)),
    "kilometre": ("length", Fraction(1000)),
    "mile": ("length", Fraction("1609.344")),
    "foot": ("length", Fraction("0.3048")),
    "inch": ("length", Fraction("0.0254")),
    "gram": ("mass", Fraction(1)),
    "kilogram": ("mass", Fraction(1000)),
    "pound": ("mass", Fraction("453.59237")),
    "ounce": ("mass", Fraction("28.349523125")),
    "second": ("time", Fraction(1)),
    "minute": ("time", Fraction(60)),
    "hour": ("time", Fraction(3600)),
    "day": ("time", Fraction(86400)),
    "litre": ("volume", Fraction(1)),
    "millilitre": ("volume", Fraction(1, 1000)),
    "gallon": ("volume", Fraction("3.785411784")),
}
"""International units by singular name: what they measure, and how many base units they are."""
PLURALS = {"feet": "foot", "inches": "inch"}


def convert(amount: str | float, source: str, target: str) -> str:
    """Converts an amount of length, mass, time or volume from one unit into another."""
    (kind, size), (other, other_size) = _unit(source), _unit(target)
    if kind != other:
        raise ValueError(f"{source} measures {kind}, {target} measures {other}")
    return shown(evaluate(str(amount)) * size / other_size)


def _unit(name: str) -> tuple[str, Fraction]:
    plain = name.strip().lower()
    singular = PLURALS.get(plain, plain if plain in UNITS else plain.removesuffix("s"))
    if singular not in UNITS:
        raise ValueError(f"no unit {name!r}; there are {', '.join(UNITS)}")
    return UNITS[singular]


def weekday(day: str) -> str:
    """The day of the week of a date written as 2024-03-31."""
    return date.fromisoformat(day.strip()).strftime("%A")


def add_days(day: str, days: str | int) -> str:
    """The date that lies so many days after a date written as 2024-03-31."""
    return (date.fromisoformat(day.strip()) + timedelta(days=int(days))).isoformat()


def days_between(first: str, second: str) -> str:
    """How many days the second date lies after the first."""
    return str((date.fromisoformat(second.strip()) - date.fromisoformat(first.strip())).days)


def exchange_tool(rates: Mapping[str, str]) -> Callable[..., str]:
    """`rates` says what one unit of each currency is worth in a common one."""

    def exchange(amount: str | float, source: str, target: str) -> str:
        """Exchanges an amount of money from one currency into another, rounded to 0.01."""
        for name in (source, target):
            if name not in rates:
                raise ValueError(f"no currency {name!r}; there are {', '.join(rates)}")
        value = evaluate(str(amount)) * Fraction(rates[source]) / Fraction(rates[target])
        return f"{round(value * 100) / 100:.2f}"

    return exchange


def lookup_tool(table: Mapping[str, Mapping[str, str]]) -> Callable[..., str]:
    def lookup(row: str, column: str) -> str:
        """The entry of the item's table in a row and a column."""
        if row not in table:
            raise ValueError(f"no row {row!r}; there are {', '.join(table)}")
        if column not in table[row]:
            raise ValueError(f"no column {column!r}; there are {', '.join(table[row])}")
        return table[row][column]

    return lookup

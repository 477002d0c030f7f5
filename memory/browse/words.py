"""How figures, times and ids are written on a page."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

from ... import harmless
from .. import figures

SHORT = 8
"""How many characters of an id are shown where a link carries the rest."""


def number(value: float | None, digits: int = figures.FEWEST) -> str:
    """So many significant digits; a dash where there is nothing."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    return f"{value:.{digits}g}"


def elapsed(seconds: float) -> str:
    """Seconds in the two largest units: `42 s`, `3 m 05 s`, `2 h 07 m`."""
    if seconds < 10 or not math.isfinite(seconds):
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02d} m"


def amount(value: float, unit: str) -> str:
    """An amount of a ledger's unit."""
    if unit.endswith("_s"):
        return elapsed(value)
    return f"${value:,.2f}" if unit == "usd" else f"{value:,.0f}"


UNITS = {
    "wall_s": "wall time",
    "device_s": "device time",
    "cpu_s": "CPU time",
    "evaluations": "evaluations",
    "tokens": "tokens",
    "usd": "money",
}


def unit_name(unit: str) -> str:
    return UNITS.get(unit, unit)


def moment(seconds: float) -> str:
    """A time since 1970 as UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def clock(seconds: float) -> str:
    """A time since 1970 as UTC's time of day."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")


def ago(seconds: float) -> str:
    """How long ago a time since 1970 was."""
    return elapsed(max(0.0, time.time() - seconds))


def short(id_: str) -> str:
    return id_[:SHORT]


def first_line(text: str, limit: int = 160) -> str:
    line = harmless.lines(text.strip())[0]
    return line if len(line) <= limit else line[: limit - 1] + "…"


def shown(value: object) -> object:
    """What a template puts on a page, whoever wrote it; Jinja escapes it after this."""
    return harmless.block(value) if type(value) is str else value


FILTERS = {
    "number": number,
    "digits": figures.digits,
    "elapsed": elapsed,
    "amount": amount,
    "unit_name": unit_name,
    "moment": moment,
    "clock": clock,
    "ago": ago,
    "short": short,
    "first_line": first_line,
    "cell": harmless.markdown,
}

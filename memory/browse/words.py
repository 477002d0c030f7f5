"""How figures, times and ids are written on a page."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

SHORT = 8
"""How many characters of an id are shown where a link carries the rest."""
# What reorders or hides its neighbours, so that code reads otherwise than it runs.
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def number(value: float | None) -> str:
    """Four significant digits; a dash where there is nothing."""
    if value is None:
        return "-"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    return f"{value:.4g}"


def elapsed(seconds: float) -> str:
    """Seconds in the two largest units: `42 s`, `3 m 05 s`, `2 h 07 m`."""
    if seconds < 10:
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


def plain(text: str) -> str:
    """`text` with one kind of line end, and with deceptive characters as their codes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _DECEPTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", lines)


def first_line(text: str, limit: int = 160) -> str:
    line = plain(text).strip().split("\n", 1)[0]
    return line if len(line) <= limit else line[: limit - 1] + "…"


FILTERS = {
    "number": number,
    "elapsed": elapsed,
    "amount": amount,
    "unit_name": unit_name,
    "moment": moment,
    "clock": clock,
    "ago": ago,
    "short": short,
    "first_line": first_line,
}

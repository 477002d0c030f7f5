"""Words for a terminal: amounts made readable, and untrusted text (`plain`) made harmless."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..harmless import one_line as plain

__all__ = ["duration", "near", "plain"]


def near(name: str, known: Iterable[str]) -> str:
    """What stands near `name` among `known`, as the end of an error line; may be empty."""
    found = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""


def duration(seconds: float) -> str:
    """Seconds as people say them: `0.4 s`, `42 s`, `3 m 05 s`, `10 m`, `2 h 07 m`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    major, minor, names = (whole // 60, whole % 60, "ms")
    if whole >= 3600:
        major, minor, names = (whole // 3600, whole % 3600 // 60, "hm")
    return f"{major} {names[0]}" + (f" {minor:02d} {names[1]}" if minor else "")

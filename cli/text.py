"""Words for a terminal: untrusted text made harmless, amounts made readable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_SPACES = re.compile(r"\s+")
# Control characters, and the invisible ones that reorder or hide their neighbours.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def plain(text: object, limit: int | None = None) -> str:
    """`text` as one line without control characters, at most `limit` characters long.

    For whatever comes from candidates, models or files: an escape sequence is shown as
    its code and changes nothing on the terminal.
    """
    line = _UNPRINTABLE.sub(_escape, _SPACES.sub(" ", str(text)).strip())
    return line if limit is None or len(line) <= limit else line[: limit - 1] + "…"


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


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

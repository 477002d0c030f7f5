"""Programs out of replies: whole files, and edits of the program that stands."""

from __future__ import annotations

import re

from ..space import Candidate

LONGEST_SOURCE = 64_000
"""Characters of a candidate's source."""

_FENCED = re.compile(r"^[ \t]*```[ \t]*(\w*)[^\n]*\n(.*?)^[ \t]*```", re.DOTALL | re.MULTILINE)
_EDIT = re.compile(
    r"^<{5,9} ?SEARCH[^\n]*\n(.*?)^={5,9}[ \t]*\n(.*?)^>{5,9} ?REPLACE", re.DOTALL | re.MULTILINE
)
_LINE = re.compile(r"\bline (\d+)")


def whole_file(text: str) -> str:
    """The program in a reply: its longest fenced block. Raises ValueError without one."""
    blocks = [(code, tag) for tag, code in _FENCED.findall(text)]
    blocks = [(code, tag) for code, tag in blocks if tag.lower() in ("", "python", "py", "python3")]
    if not blocks:
        raise ValueError("the reply holds no ```python block that is closed")
    return max(blocks, key=lambda block: len(block[0]))[0]


def patched(source: str, text: str) -> str:
    """`source` after the search-and-replace edits in `text`, in order.

    Raises ValueError where there is none, or one does not fit at exactly one place.
    """
    edits = _EDIT.findall(text)
    if not edits:
        raise ValueError("the reply holds no edit in the form SEARCH, =======, REPLACE")
    for number, (search, replacement) in enumerate(edits, 1):
        source = _edited(source, search, replacement, number)
    return source


def _edited(source: str, search: str, replacement: str, number: int) -> str:
    if not search.strip():
        raise ValueError(f"edit {number}: the search text is empty")
    lines, wanted = source.splitlines(), [line.rstrip() for line in search.splitlines()]
    found = [
        start
        for start in range(len(lines) - len(wanted) + 1)
        if [line.rstrip() for line in lines[start : start + len(wanted)]] == wanted
    ]
    if len(found) != 1:
        said = "does not stand in" if not found else f"stands {len(found)} times in"
        raise ValueError(f"edit {number}: its search text {said} the program: {wanted[0][:80]!r}")
    start = found[0]
    lines[start : start + len(wanted)] = replacement.splitlines()
    return "\n".join(lines) + "\n"


def excerpt(source: str, fault: str, around: int = 4) -> str:
    """The lines about the one that `fault` names, numbered; empty where it names none."""
    named = _LINE.search(fault)
    lines = source.splitlines()
    if named is None or not 1 <= int(named[1]) <= len(lines):
        return ""
    at = int(named[1])
    shown = range(max(1, at - around), min(len(lines), at + around) + 1)
    return "\n".join(f"{'>' if n == at else ' '} {n:4d} {lines[n - 1]}" for n in shown)


def syntax_fault(source: str) -> str | None:
    """Why `source` is no program at all, in one line; None where it is one."""
    if len(source) > LONGEST_SOURCE:
        return f"the program has {len(source):,} characters, over {LONGEST_SOURCE:,}"
    try:
        Candidate.from_source(source)
    except SyntaxError as error:
        return f"syntax error in line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"not a program that can be parsed: {error or type(error).__name__}"
    return None

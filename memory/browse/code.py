"""Source code for a page: highlighted, and as a difference. Everything comes out escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .words import plain

LONGEST = 100_000
"""Characters of a program that are highlighted; the rest is in the table of candidates."""
CONTEXT = 3
"""Unchanged lines shown around each change."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference; `kind` is same, old, new or gap, numbers count from 1."""

    kind: str
    old: int | None
    new: int | None
    html: Markup


def highlighted(source: str) -> list[Markup]:
    """The lines of `source` as HTML with classes; the text itself is escaped."""
    formatter = HtmlFormatter(nowrap=True, classprefix="py-")
    text = highlight(plain(source)[:LONGEST], PythonLexer(stripnl=False, ensurenl=False), formatter)
    return [Markup(line) for line in text.split("\n")]


def difference(old: str, new: str) -> list[DiffLine]:
    """How `new` came from `old`: changed lines with a few unchanged ones around them."""
    old, new = plain(old), plain(new)
    old_html, new_html = highlighted(old), highlighted(new)
    matcher = SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
    lines: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if lines:
            lines.append(DiffLine("gap", None, None, Markup("")))
        lines += _of_group(group, old_html, new_html)
    return lines


def _of_group(
    group: list[tuple[str, int, int, int, int]], old: list[Markup], new: list[Markup]
) -> Iterator[DiffLine]:
    for tag, a, b, c, d in group:
        if tag == "equal":
            for i, j in zip(range(a, b), range(c, d), strict=True):
                yield DiffLine("same", i + 1, j + 1, _line(new, j))
            continue
        for i in range(a, b):
            yield DiffLine("old", i + 1, None, _line(old, i))
        for j in range(c, d):
            yield DiffLine("new", None, j + 1, _line(new, j))


def _line(lines: list[Markup], index: int) -> Markup:
    """Beyond the longest program that is highlighted there is nothing to show."""
    return lines[index] if index < len(lines) else Markup("…")

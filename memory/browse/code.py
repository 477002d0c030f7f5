"""Source code for a page: highlighted, and as a difference. Everything comes out escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ...harmless import block
from ..difference import Opcode, hunks

LONGEST = 60_000
"""Characters of a program that are shown; the rest is in the table of candidates."""
COLOURED = 20_000
"""Characters that are highlighted: colours take longer than all the rest of a page."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a difference; `kind` is same, old, new or gap, numbers count from 1."""

    kind: str
    old: int | None
    new: int | None
    html: Markup


def highlighted(source: str) -> list[Markup]:
    """The lines of `source` as HTML with classes; the text itself is escaped."""
    text = block(source)[:LONGEST]
    if len(text) > COLOURED:
        return [Markup(escape(line)) for line in text.split("\n")]
    formatter = HtmlFormatter(nowrap=True, classprefix="py-")
    html = highlight(text, PythonLexer(stripnl=False, ensurenl=False), formatter)
    return [Markup(line) for line in html.split("\n")]


def difference(old: str, new: str) -> list[DiffLine]:
    """How `new` came from `old`: changed lines with a few unchanged ones around them."""
    old, new = block(old), block(new)
    old_html, new_html = highlighted(old), highlighted(new)
    lines: list[DiffLine] = []
    for group in hunks(old.split("\n"), new.split("\n")):
        if lines:
            lines.append(DiffLine("gap", None, None, Markup("")))
        lines += _of_group(group, old_html, new_html)
    return lines


def _of_group(group: list[Opcode], old: list[Markup], new: list[Markup]) -> Iterator[DiffLine]:
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

"""Source code for a page: highlighted, and as a difference. Everything comes out escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ...harmless import block
from ..difference import Opcode, hunks, within

LONGEST = 60_000
"""Characters of a program that are shown; the rest is in the table of candidates."""
COLOURED = 20_000
"""Characters that are highlighted: colours take longer than all the rest of a page."""

MOST_MARKED = 20
"""Changed lines that are compared within, each with the one that it came from."""


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
    before, after = _Side(old), _Side(new)
    lines: list[DiffLine] = []
    for group in hunks(before.text, after.text):
        if lines:
            lines.append(DiffLine("gap", None, None, Markup("")))
        marked = sum(line.kind == "old" for line in lines)
        lines += _of_group(group, before, after, MOST_MARKED - marked)
    return lines


class _Side:
    """The lines of one program, as they are and as HTML."""

    def __init__(self, source: str) -> None:
        self.text = block(source).split("\n")
        self.html = highlighted(source)

    def line(self, index: int, changed: Collection[int] = ()) -> Markup:
        """Beyond the longest program that is highlighted there is nothing to show."""
        return _marked(self.html[index], changed) if index < len(self.html) else Markup("…")


def _of_group(
    group: Sequence[Opcode], old: _Side, new: _Side, most_marked: int
) -> Iterator[DiffLine]:
    for tag, a, b, c, d in group:
        if tag == "equal":
            for i, j in zip(range(a, b), range(c, d), strict=True):
                yield DiffLine("same", i + 1, j + 1, new.line(j))
            continue
        paired = b - a if b - a == d - c <= most_marked else 0
        marks = [within(old.text[a + n], new.text[c + n]) for n in range(paired)]
        for n, i in enumerate(range(a, b)):
            yield DiffLine("old", i + 1, None, old.line(i, marks[n][0] if marks else ()))
        for n, j in enumerate(range(c, d)):
            yield DiffLine("new", None, j + 1, new.line(j, marks[n][1] if marks else ()))


_TAG = re.compile(r"(<[^>]*>)")
_CHARACTER = re.compile(r"&[^;]+;|.", re.DOTALL)


def _marked(line: Markup, changed: Collection[int]) -> Markup:
    """Escaped, highlighted text with the characters at these places within `<mark>`."""
    if not changed:
        return line
    found, place = [], 0
    for piece in _TAG.split(line):
        if piece.startswith("<"):  # in text it is escaped
            found.append(piece)
            continue
        characters = list(enumerate(_CHARACTER.findall(piece), place))
        place += len(characters)
        for is_changed, run in groupby(characters, key=lambda pair: pair[0] in changed):
            text = "".join(character for _, character in run)
            found.append(f"<mark>{text}</mark>" if is_changed else text)
    return Markup("".join(found))

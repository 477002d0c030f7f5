"""Untrusted text made harmless: the one border where text of others becomes output.

Names, ideas, code and replies come from candidates, models and files. What acts on a reader
without being seen (terminal control, changes of direction, characters without a glyph, the
tags of plane 14 that hide words from people but not from models) is shown as its code.
HTML is escaped by Jinja, always; here is what no template engine does.
"""

from __future__ import annotations

import re

SHOWN = 60
"""Characters of a value in an error line."""
LONGEST = 4000
"""Characters of an error line, whatever somebody's file, program or reply put into it."""

_SPACES = re.compile(r"\s+")
_UNUSUAL = re.compile("[^ -~]")
# Printable by Unicode's tables, but blank or joined to what stands before: fillers, the
# grapheme joiner, and the variation selectors, which can carry any bytes unseen.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]"
)
# Also what GitHub makes a link of by itself: ://, www. and the @ of an address or a person.
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


def one_line(text: object, limit: int | None = None) -> str:
    """`text` as one line, at most `limit` characters long: for terminals and table cells."""
    line = _coded(_SPACES.sub(" ", str(text)).strip())
    return line if limit is None else cut(line, limit)


def shown(value: object) -> str:
    """A value of others in an error line: as Python writes it, short."""
    try:
        return cut(repr(value))
    except ValueError:  # Python does not write integers of that size
        return "an integer of thousands of digits"


def cut(text: str, limit: int = SHOWN) -> str:
    """`text`, of at most `limit` characters: what is left out leaves a mark."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def without_middle(line: str) -> str:
    """An error line of at most `LONGEST` characters: what went wrong often ends it."""
    half = LONGEST // 2
    return line if len(line) <= LONGEST else f"{line[:half]}…{line[1 - half :]}"


def lines(text: str) -> list[str]:
    """`text` line by line with its layout, tabs included: for code and prose."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    return [_coded(line, but="\t") for line in whole.split("\n")]


def block(text: str) -> str:
    """`lines` as one text again."""
    return "\n".join(lines(text))


def markdown(text: object, limit: int = 300) -> str:
    """`text` as words of one line of Markdown: no markup, link, HTML, formula or table border."""
    return _MARKUP.sub(r"\\\1", one_line(text, limit))


def spreadsheet(value: object) -> object:
    """A cell of a CSV file: text that a spreadsheet would run as a formula gets an apostrophe."""
    if not isinstance(value, str):
        return value
    line = one_line(value)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _coded(line: str, but: str = "") -> str:
    def code(match: re.Match[str]) -> str:
        character = match[0]
        if character in but or (character.isprintable() and not _BLANK.match(character)):
            return character
        number = ord(character)
        if number < 0x100:
            return f"\\x{number:02x}"
        return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"

    return _UNUSUAL.sub(code, line)

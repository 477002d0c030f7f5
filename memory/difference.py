"""How one text came from another, in bounded time whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, takewhile
from typing import Any

CONTEXT = 3
"""Unchanged lines shown around each change."""
MOST_LINES = 2000
"""Changed stretches longer than this on both sides together are shown as replaced whole: what
aligning them takes grows with the square, and more for lines that repeat."""

MOST_WORDS = 400
"""Longer lines are not compared within: that would take as long as all the rest of a page."""
_WORD = re.compile(r"[\w.]+|\W")

Opcode = tuple[str, int, int, int, int]
"""`equal`, `replace`, `delete` or `insert`, and the lines in the old and in the new text."""


def hunks(old: Sequence[str], new: Sequence[str], context: int = CONTEXT) -> Iterable[list[Opcode]]:
    """Groups of changes, each with a few unchanged lines around it; nothing where all is equal."""
    return _Aligned(_opcodes(old, new)).get_grouped_opcodes(context)


def unified(
    old: Sequence[str], new: Sequence[str], names: tuple[str, str], context: int = CONTEXT
) -> Iterator[str]:
    """The changes in the unified format, as `diff -u` writes it."""
    for number, group in enumerate(hunks(old, new, context)):
        if not number:
            yield f"--- {names[0]}"
            yield f"+++ {names[1]}"
        (_, a, _, c, _), (_, _, b, _, d) = group[0], group[-1]
        yield f"@@ -{a + 1},{b - a} +{c + 1},{d - c} @@"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[i:j])
            else:
                yield from (f"-{line}" for line in old[i:j])
                yield from (f"+{line}" for line in new[k:m])


def within(old: str, new: str) -> tuple[frozenset[int], frozenset[int]]:
    """Which characters of two lines differ, word by word; none where little is alike."""
    a, b = _WORD.findall(old), _WORD.findall(new)
    if max(len(a), len(b)) > MOST_WORDS:
        return frozenset(), frozenset()
    matcher = SequenceMatcher(None, a, b, autojunk=False)  # commas are frequent in any line
    if matcher.ratio() < 0.5:
        return frozenset(), frozenset()
    same = matcher.get_matching_blocks()
    return (
        _characters(a, {n for match in same for n in range(match.a, match.a + match.size)}),
        _characters(b, {n for match in same for n in range(match.b, match.b + match.size)}),
    )


def _characters(words: Sequence[str], same: set[int]) -> frozenset[int]:
    ends = list(accumulate(map(len, words)))
    changed = (n for n in range(len(words)) if n not in same)
    return frozenset(c for n in changed for c in range(ends[n] - len(words[n]), ends[n]))


class _Aligned(SequenceMatcher[str]):
    """What is equal was found already: difflib groups it."""

    def __init__(self, opcodes: list[Opcode]) -> None:
        super().__init__()
        self._found = opcodes

    def get_opcodes(self) -> Any:
        return self._found


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """As difflib's, of what stands between the common beginning and the common end."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    found: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
    if a or b:
        found += [
            (tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in _middle(a, b)
        ]
    if end:
        found.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    return found


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _middle(a: Sequence[str], b: Sequence[str]) -> Iterable[Opcode]:
    if len(a) + len(b) > MOST_LINES:
        return [("replace", 0, len(a), 0, len(b))]
    # Its rule for frequent lines keeps a text of one line many times from taking cubic time.
    return SequenceMatcher(None, a, b).get_opcodes()

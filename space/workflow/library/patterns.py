"""Shifted alphabets and number sequences: trying out what could be behind a pattern."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from .reading import as_number, show


def decipher(question: str, judge: str) -> str:
    """The text of a Caesar cipher: of 26 shifts the one that looks most like English.

    `judge` looks at "letters" alone, or at pairs of letters ("pairs").
    """
    found = re.search(r"cipher[^:]*:\s*([A-Za-z][A-Za-z ]*)", question, re.IGNORECASE)
    if not found:
        return ""
    text = found.group(1).strip()
    return max((shifted(text, shift) for shift in range(26)), key=lambda t: likeness(t, judge))


def shifted(text: str, shift: int) -> str:
    """Every letter moved on by `shift`, in its own case."""
    moved = []
    for letter in text:
        start = ord("a") if letter.islower() else ord("A")
        moved.append(chr((ord(letter) - start + shift) % 26 + start) if letter != " " else " ")
    return "".join(moved)


def likeness(text: str, judge: str) -> float:
    """How much a text looks like English: the commoner its letters or pairs, the more."""
    common = "etaoinshrdlcumwfgypbvkjxqz"
    score = sum(26 - common.index(letter) for letter in text.lower() if letter in common)
    if judge == "pairs":
        pairs = "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha"
        joined = text.lower()
        score += 40 * sum(joined[i : i + 2] in pairs.split() for i in range(len(joined)))
    return score / max(1, len(text))


def next_number(question: str, depth: int) -> str:
    """The next term of a number sequence, found in up to `depth` rows of differences.

    Tried in turn: constant differences, a constant ratio, a linear rule x -> a x + b, and
    a rule that adds up the last two.
    """
    found = re.search(r"((?:-?\d+\s*,\s*){3,})(?:\?|_|\.\.\.)", question)
    if not found:
        return ""
    terms = [n for part in found.group(1).split(",") if (n := as_number(part)) is not None]
    guess = extrapolated(terms, depth)
    return "" if guess is None else show(guess)


def extrapolated(terms: list[Fraction], depth: int) -> Fraction | None:
    """The term that follows; None where no rule explains all terms."""
    if len(set(terms)) == 1:
        return terms[0]
    if len(terms) < 3:
        return None
    steps = [(b - a) for a, b in pairwise(terms)]
    if depth > 1 and steps[0]:
        slope = steps[1] / steps[0]
        if all(b == slope * a for a, b in pairwise(steps)):
            return terms[-1] + slope * steps[-1]
    if all(c == a + b for a, b, c in zip(terms, terms[1:], terms[2:], strict=False)):
        return terms[-1] + terms[-2]
    following = extrapolated(steps, depth - 1) if depth > 0 else None
    return None if following is None else terms[-1] + following

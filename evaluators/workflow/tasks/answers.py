"""Judging a reply against a right answer. A reply is hostile text: it is never evaluated."""

from __future__ import annotations

import math
import re
import unicodedata

NUMBER = re.compile(r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
TOLERANCE = 1e-6
MARKS = "\"'`.,;:!?()[]{}*_\u2018\u2019\u201c\u201d"


def normalised(text: str) -> str:
    """`text` without case, accents' encoding, articles, punctuation and needless space.

    The steps of SQuAD's exact match (Rajpurkar et al. 2016), after Unicode's NFKC. Marks
    inside a word or number stay: "3.5" is not "35", "well-made" is not "wellmade".
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = (word.strip(MARKS) for word in plain.split())
    return " ".join(word for word in words if word not in ("", "a", "an", "the"))


def exact(answer: str, reply: str) -> float:
    """1 where both are the same once normalised, else 0."""
    return float(normalised(answer) == normalised(reply))


def number_in(text: str) -> float | None:
    """The only number that `text` writes; None where there is none, or where two differ.

    Commas group digits; a currency or a unit may stand beside the number. A reply may not
    list several numbers and hope.
    """
    found = {float(match.replace(",", "")) for match in NUMBER.findall(text)}
    return found.pop() if len(found) == 1 else None


def numeric(
    answer: float, reply: str, relative: float = TOLERANCE, absolute: float = TOLERANCE
) -> float:
    """1 where the reply's only number is close to the answer by either tolerance, else 0."""
    value = number_in(reply)
    close = value is not None and math.isclose(value, answer, rel_tol=relative, abs_tol=absolute)
    return float(close)

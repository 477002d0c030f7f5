"""How close two short texts are, without a model."""

from __future__ import annotations

import math
import re
from collections import Counter

_WORD = re.compile(r"[a-z0-9]+")


def embed(text: str) -> Counter[str]:
    """The text as a sparse vector: the trigrams of its words, so that inflections meet."""
    padded = (f" {word} " for word in _WORD.findall(text.lower()))
    return Counter(word[i : i + 3] for word in padded for i in range(len(word) - 2))


def cosine(a: Counter[str], b: Counter[str]) -> float:
    """From 0, nothing in common, to 1."""
    if not a or not b:
        return 0.0
    dot = sum(count * b[gram] for gram, count in a.items())
    return dot / math.sqrt(_square(a) * _square(b))


def _square(vector: Counter[str]) -> int:
    return sum(count * count for count in vector.values())

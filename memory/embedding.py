"""Turning text into vectors whose inner product says how alike two texts are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_WORD = re.compile(r"[a-z]+|\d+")


class Embedder(Protocol):
    """Any model of texts; vectors of different `name` are never compared."""

    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length a text (a row of zeros for one that says nothing)."""
        ...


class HashedNgrams:
    """Words and their pieces, hashed into a fixed number of signed buckets.

    Needs no model and no download. It knows no synonyms, but sees through inflection,
    compounds and spelling (`gated_delta` and `gating deltas`). Feature hashing as in
    Weinberger et al. 2009, arXiv:0902.2206.
    """

    def __init__(self, dimensions: int = 1024) -> None:
        self.dimensions = dimensions
        self.name = f"hashed-ngrams-{dimensions}-1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for feature, count in Counter(_features(text)).items():
                code = crc32(feature.encode())
                sign = 1.0 if code & 1 else -1.0
                weight = 1.0 if feature.startswith("=") else 0.35
                row[(code >> 1) % self.dimensions] += sign * weight * (1 + log(count))
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        norms[norms == 0] = 1
        vectors /= norms
        return vectors


def _features(text: str) -> Iterator[str]:
    """Whole words, and pieces of four letters with the word's ends marked."""
    for word in _WORD.findall(text.lower()):
        if word in _EMPTY:
            continue
        yield f"={word}"
        marked = f"<{word}>"
        yield from (marked[i : i + 4] for i in range(len(marked) - 3))


_EMPTY = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "into",
     "is", "it", "its", "of", "on", "or", "so", "than", "that", "the", "their", "them", "then",
     "they", "this", "to", "was", "which", "with"}
)  # fmt: skip

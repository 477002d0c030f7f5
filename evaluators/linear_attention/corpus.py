"""The text of the byte-level task: the help topics that every Python carries.

The wording differs a little between Python releases, so the text is named by its hash;
calibration.json records the hash that its figures were measured on.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VOCAB = 128
HELD_OUT_SHARE = 0.1
"""The share of the text that is held out, in whole documents."""


@dataclass(frozen=True)
class Corpus:
    """Bytes below 128 of each split, and the hash of both."""

    train: NDArray[np.uint8]
    held_out: NDArray[np.uint8]
    sha256: str


@functools.cache
def load() -> Corpus:
    """The corpus of this Python."""
    from pydoc_data.topics import topics

    return split(topics)


def split(documents: Mapping[str, str]) -> Corpus:
    """Hold out whole documents, taken in the order of their titles' hashes.

    Topics quote each other at length: a paragraph is kept once, so that none is in both
    splits. A document that is too long for the held-out share goes to training.
    """
    seen: set[str] = set()
    texts = {title: _unseen(documents[title], seen) for title in sorted(documents)}
    room = HELD_OUT_SHARE * sum(map(len, texts.values()))
    held_out = []
    for title in sorted(texts, key=lambda title: hashlib.sha256(title.encode()).digest()):
        if len(texts[title]) <= room:
            held_out.append(title)
            room -= len(texts[title])
    train = _ascii("\n\n".join(t for title, t in texts.items() if title not in held_out))
    rest = _ascii("\n\n".join(texts[title] for title in held_out))
    sha256 = hashlib.sha256(train.tobytes() + b"\0" + rest.tobytes()).hexdigest()
    return Corpus(train, rest, sha256)


def _unseen(document: str, seen: set[str]) -> str:
    """The paragraphs of `document` that are not in `seen`, to which they are added."""
    kept = []
    for paragraph in document.split("\n\n"):
        key = " ".join(paragraph.split())
        if key and key not in seen:
            seen.add(key)
            kept.append(paragraph.strip("\n"))
    return "\n\n".join(kept)


def _ascii(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("ascii", "replace"), np.uint8)

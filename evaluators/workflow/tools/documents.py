"""Searching a few documents by words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property

SATURATION, LENGTH = 1.5, 0.75
MAX_HITS = 20


class Documents:
    """Documents by title, ranked by Okapi BM25 (Robertson and Zaragoza 2009, eq. 3.15)."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)

    @cached_property
    def _words(self) -> dict[str, Counter[str]]:
        return {title: Counter(words(f"{title} {text}")) for title, text in self.texts.items()}

    @cached_property
    def _seen_in(self) -> Counter[str]:
        return Counter(word for counts in self._words.values() for word in counts)

    @cached_property
    def _mean_length(self) -> float:
        return sum(counts.total() for counts in self._words.values()) / max(len(self._words), 1)

    def ranked(self, query: str) -> list[str]:
        """The titles that share a word with `query`, best first."""
        asked = sorted(set(words(query)))
        scores = {title: self._score(asked, counts) for title, counts in self._words.items()}
        hits = [title for title, score in scores.items() if score > 0]
        return sorted(hits, key=lambda title: (-scores[title], title))

    def _score(self, asked: list[str], counts: Counter[str]) -> float:
        norm = SATURATION * (1 - LENGTH + LENGTH * counts.total() / self._mean_length)
        return sum(
            self._rarity(word) * counts[word] * (SATURATION + 1) / (counts[word] + norm)
            for word in asked
            if word in counts
        )

    def _rarity(self, word: str) -> float:
        seen = self._seen_in[word]
        return math.log(1 + (len(self._words) - seen + 0.5) / (seen + 0.5))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def search_tool(documents: Documents) -> Callable[..., str]:
    def search(query: str, k: int = 3) -> str:
        """The k documents that fit the query best: one a paragraph, "title: text"."""
        hits = documents.ranked(query)[: min(max(int(k), 1), MAX_HITS)]
        return "\n\n".join(f"{title}: {documents.texts[title]}" for title in hits)

    return search


def read_tool(documents: Documents) -> Callable[..., str]:
    titles = {title.lower(): title for title in documents.texts}

    def read(title: str) -> str:
        """The text of the document with this title; empty where there is none."""
        return documents.texts.get(titles.get(title.strip().lower(), ""), "")

    return read

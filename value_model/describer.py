"""Candidates as rows of numbers, worked out once each."""

from __future__ import annotations

import gc
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from .contract import Sample
from .encoder import Row, Rows, Vocabulary
from .features import FAMILIES, Subject

MAX_KEPT = 20_000


@contextmanager
def _no_collection() -> Iterator[None]:
    """Bags are many and hold no cycles: looking for some took a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Describer:
    """Describes samples in families of features; models may share one.

    What depends on the program alone is kept, so a pool of proposals costs its
    description once. The kept ones are dropped all together beyond MAX_KEPT.
    """

    def __init__(self, families: Sequence[str] = tuple(FAMILIES)) -> None:
        unknown = [name for name in families if name not in FAMILIES]
        if unknown:
            known = ", ".join(FAMILIES)
            raise ValueError(f"no feature family {unknown[0]!r}; there are {known}")
        self.families = tuple(families)
        self._vocabularies: Mapping[str, Vocabulary] = {name: Vocabulary() for name in families}
        self._kept: dict[Hashable, dict[str, Row]] = {}

    def __call__(
        self, samples: Sequence[Sample], families: Iterable[str] | None = None
    ) -> dict[str, Rows]:
        """The samples' rows in `families`, or in all of them."""
        wanted = self.families if families is None else tuple(families)
        subjects = [Subject(sample) for sample in samples]
        known = [self._known(sample) for sample in samples]
        with _no_collection():
            return {
                name: Rows.of(self._row(name, s, k) for s, k in zip(subjects, known, strict=True))
                for name in wanted
            }

    def names(self, family: str) -> Sequence[Hashable]:
        """What the numbers in the rows of `family` stand for."""
        return self._vocabularies[family].names

    def _known(self, sample: Sample) -> dict[str, Row]:
        candidate = sample.candidate
        # One program may come with other comments, or without its blueprint.
        key = (candidate.id, hash(candidate.source), candidate.blueprint is None)
        if key not in self._kept and len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        return self._kept.setdefault(key, {})

    def _row(self, name: str, subject: Subject, known: dict[str, Row]) -> Row:
        family, vocabulary = FAMILIES[name], self._vocabularies[name]
        if not family.fixed:
            return vocabulary.row(family.of(subject))
        if name not in known:
            known[name] = vocabulary.row(family.of(subject))
        return known[name]

"""Candidates as rows of numbers, worked out once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .contract import Sample
from .encoder import Row, Vocabulary
from .features import FAMILIES, Subject

MAX_KEPT = 20_000


class Describer:
    """Describes samples in the chosen families; models may share one.

    What depends on the candidate alone is kept by its id, so a pool of proposals costs
    its description once. The kept ones are dropped all together beyond MAX_KEPT.
    """

    def __init__(self, families: Sequence[str] = tuple(FAMILIES)) -> None:
        unknown = [name for name in families if name not in FAMILIES]
        if unknown:
            known = ", ".join(FAMILIES)
            raise ValueError(f"no feature family {unknown[0]!r}; there are {known}")
        self.vocabularies: Mapping[str, Vocabulary] = {name: Vocabulary() for name in families}
        self._kept: dict[str, dict[str, Row]] = {}

    def __call__(self, sample: Sample) -> dict[str, Row]:
        """The sample's row in every family."""
        subject = Subject(sample)
        fixed = self._kept.get(sample.candidate.id)
        if fixed is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            fixed = self._kept[sample.candidate.id] = self._rows(subject, fixed=True)
        return {**fixed, **self._rows(subject, fixed=False)}

    def _rows(self, subject: Subject, *, fixed: bool) -> dict[str, Row]:
        return {
            name: vocabulary.row(FAMILIES[name].of(subject))
            for name, vocabulary in self.vocabularies.items()
            if FAMILIES[name].fixed is fixed
        }

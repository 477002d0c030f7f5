"""A value model of several tiers: cheap ones teach it most, dear ones are predicted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .contract import Prediction, Sample
from .model import FEWEST, ValueModel, bounded, prior_of

if TYPE_CHECKING:
    from .transfer import Transfer

Results = tuple[list[Sample], list[float]]


@dataclass
class Tiered:
    """Predicts each sample at its own tier; implements `Predictor`, `Surveyor` and
    `Tierwise`.

    `model` learns the tier with most results, the base, as if there were no other. Each other
    tier is learnt on top of it (transfer.py) when it is first asked about. Of one with too few
    results these alone speak, and one without any is predicted as the base.
    """

    model: ValueModel = field(default_factory=ValueModel)
    base: str = ""
    _at_base: Mapping[str, Sample] = field(default_factory=dict)
    """The base's samples, by candidate."""
    _others: Mapping[str, Results] = field(default_factory=dict)
    _transfers: dict[tuple[str, bool], Transfer | None] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.model.ready

    @property
    def doubt(self) -> str:
        """Why it should not choose by what it says of the base; or empty."""
        return self.model.doubt

    def status(self, tier: str, *, bare: bool = False) -> str:
        """One line on what it has learnt of a tier, or why it predicts the prior; of what it says
        of programs that are `bare` of a blueprint, on request."""
        if tier not in self._others:
            reader = self.model.reader() if bare else None
            return (reader or self.model).status
        count, transfer = len(self._others[tier][1]), self.transfer(tier, bare=bare)
        of = "1 result" if count == 1 else f"{count} results"
        if transfer is None:
            if self.ready:
                of = f"{of} here, at least {FEWEST} are needed, not all equal"
            return f"predicting the prior: {of}; at {self.base} {self.model.status}"
        return (
            f"learnt from {of} on top of those at {self.base} (correlation "
            f"{transfer.fitted.correlation:g}): Kendall tau {transfer.tau:.2f}, each held back but "
            f"for its own result at {self.base}"
        )

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        """Learn from all results so far, of any tiers; raises ValueError as `ValueModel.fit`."""
        if len(samples) != len(scores):
            raise ValueError(f"{len(samples)} samples against {len(scores)} scores")
        counts = Counter(sample.tier for sample in samples)
        results: dict[str, Results] = {tier: ([], []) for tier in counts}
        for sample, score in zip(samples, bounded(scores).tolist(), strict=True):
            results[sample.tier][0].append(sample)
            results[sample.tier][1].append(score)
        self.base = max(counts, key=counts.__getitem__, default="")
        at_base, of_base = results.pop(self.base, ([], []))
        self._at_base = {sample.candidate.id: sample for sample in at_base}
        self._others, self._transfers = results, {}
        self.model.fit(at_base, of_base)

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction a sample, in the unit of its tier's scores."""
        found: dict[int, Prediction] = {}
        kinds = [(sample.tier, sample.candidate.blueprint is None) for sample in samples]
        for kind in dict.fromkeys(kinds):
            places = [i for i, each in enumerate(kinds) if each == kind]
            asked = [self._as_base(samples[i]) for i in places]
            found |= zip(places, self._at(kind[0], asked, bare=kind[1]), strict=True)
        return [found[i] for i in range(len(samples))]

    def unfamiliar(self, known: Sequence[Sample], samples: Sequence[Sample]) -> Sequence[float]:
        return self.model.unfamiliar(known, samples)

    def knows(self, tier: str) -> bool:
        return self.ready if tier == self.base else self.transfer(tier) is not None

    def transfer(self, tier: str, *, bare: bool = False) -> Transfer | None:
        """What was learnt of a tier on top of the base; None for the base, and where that is
        nothing. Programs that are `bare` of a blueprint have one of their own where all known
        ones have blueprints."""
        samples, scores = self._others.get(tier, ([], []))
        reader = self.model.reader() if bare and samples else None
        key = tier, reader is not None
        if key not in self._transfers:
            model = reader or self.model
            self._transfers[key] = model.transfer(list(map(self._as_base, samples)), scores)
        return self._transfers[key]

    def _at(self, tier: str, at_base: Sequence[Sample], *, bare: bool) -> list[Prediction]:
        if tier not in self._others:
            return self.model.predict(at_base)
        prior = prior_of(self._others[tier][1])
        transfer = self.transfer(tier, bare=bare)
        if transfer is None:
            return [prior] * len(at_base)
        return [each if each.is_finite else prior for each in transfer.predict(at_base)]

    def _as_base(self, sample: Sample) -> Sample:
        """The sample as the base knows it: ancestors' scores at two tiers do not compare."""
        if sample.tier == self.base:
            return sample
        known = self._at_base.get(sample.candidate.id)
        above = (known.parent_score, known.trend) if known else (None, None)
        return replace(sample, tier=self.base, parent_score=above[0], trend=above[1])

"""The value model: from results so far to predictions of scores with a spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .contract import Prediction, Sample
from .describer import Describer
from .features import FAMILIES
from .report import MIN_RESULTS, Report

if TYPE_CHECKING:
    from .learning import Learning, Learnt
    from .transfer import Transfer

Array = NDArray[np.float64]

FEWEST = 3
"""Results below which nothing is learnt of another tier."""
LARGEST = 1e150
"""Scores beyond it count as it, and those below its inverse as zero: squares stay finite."""


class ValueModel:
    """A Gaussian process over families of features; implements `Predictor`.

    Pure: no I/O, and what it predicts depends on the seed and the results it was last
    fitted to, in their order, alone. Keep one for a campaign: features are kept by
    candidate, and between milestones (see learning.py) a new result costs little.
    Torch is imported when it is first asked where it knows little, or fitted to enough results.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        families: Sequence[str] = tuple(FAMILIES),
        describer: Describer | None = None,
        on_start: Callable[[], None] = lambda: None,
    ) -> None:
        """Raises ValueError for an unknown family. `describer` may be shared by models.

        `on_start` is called before torch is first loaded, which takes seconds.
        """
        self._describe = describer or Describer(families)
        self._families = tuple(families)
        self._seed = seed
        self._on_start = on_start
        self._begun = False
        self._learning: Learning | None = None
        self._learnt: Learnt | None = None
        self._reader: ValueModel | None = None
        self._unread: tuple[Sequence[Sample], Array] | None = None
        """What the reader has not learnt yet."""
        self._prior = Prediction(0.0, 1.0)
        self._status = f"predicting the prior: no results, at least {MIN_RESULTS} are needed"

    @property
    def ready(self) -> bool:
        """Whether it has learnt anything; if not, it predicts the prior."""
        return self._learnt is not None

    @property
    def status(self) -> str:
        """One line on what it has learnt, or why it predicts the prior."""
        return self._status

    @property
    def report(self) -> Report | None:
        """What held-back results say of it; None while it predicts the prior."""
        return self._learnt.report if self._learnt else None

    @property
    def doubt(self) -> str:
        """Why it should not choose, as far as held-back results tell (`Report.doubt`); or empty."""
        return self._learnt.report.doubt if self._learnt else self._status

    def fit(self, samples: Sequence[Sample], scores: Sequence[float]) -> None:
        """Learn from all results so far; replaces what was learnt before.

        Raises ValueError where a score is not finite, or the lengths differ.
        """
        if len(samples) != len(scores):
            raise ValueError(f"{len(samples)} samples against {len(scores)} scores")
        values = bounded(scores)
        self._learnt = None
        self._unread = list(samples), values
        self._prior = prior_of(values)
        reason = _too_little(values)
        if not reason:
            self._learnt = self._learn(samples, values)
            reason = "" if self._learnt else "all candidates look alike to every family of features"
        if self._learnt:
            report = self._learnt.report
            some = "" if report.results == len(values) else f" of {len(values)}"
            self._status = f"learnt from {report.results}{some} results: {report.words}"
        else:
            self._status = f"predicting the prior: {reason}"

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction a sample, in order; the prior before there is enough to learn, and
        where a prediction would not be finite."""
        if self._learnt is None or not samples:
            return [self._prior] * len(samples)
        bare = [sample for sample in samples if not sample.candidate.blueprint]
        reader = self.reader() if bare else None
        if reader is None:
            found = self._learnt.predict(self._describe, samples)
            return [each if each.is_finite else self._prior for each in found]
        read = iter(reader.predict(bare))
        rest = iter(self.predict([sample for sample in samples if sample.candidate.blueprint]))
        return [next(rest if sample.candidate.blueprint else read) for sample in samples]

    def reader(self) -> ValueModel | None:
        """What tells programs without a blueprint apart where all known ones have one, by what
        both have; None where this model does so itself, or knows too little."""
        if self._learnt is None or self._learnt.reads_text:
            return None
        if self._reader is None:
            families = [name for name in self._families if not FAMILIES[name].of_blueprint]
            self._reader = ValueModel(seed=self._seed, families=families, describer=self._describe)
        if self._unread is not None:
            known, scores = self._unread
            self._reader.fit(known, scores.tolist())
            self._unread = None
        return self._reader

    def transfer(self, samples: Sequence[Sample], scores: Sequence[float]) -> Transfer | None:
        """What finite `scores` of another tier teach on top of what was learnt; None where it
        predicts the prior, or they are fewer than FEWEST or all equal."""
        values = bounded(scores)
        if self._learnt is None or len(values) < FEWEST or np.ptp(values) == 0:
            return None
        from .transfer import Transfer

        return Transfer.learn(self._learnt, self._describe, samples, values, self._seed)

    def unfamiliar(self, known: Sequence[Sample], samples: Sequence[Sample]) -> list[float]:
        """How little results of `known` would say of each of `samples`; needs no scores."""
        if not known:
            return [0.0] * len(samples)
        self._begin()
        from .learning import unfamiliar

        away = unfamiliar(self._describe, self._families, known, samples, self._seed)
        return [float(variance) for variance in away]

    def _learn(self, samples: Sequence[Sample], scores: Array) -> Learnt | None:
        self._begin()
        from .learning import Learning

        if self._learning is None:
            self._learning = Learning(self._describe, self._families, self._seed)
        return self._learning.take_in(samples, scores)

    def _begin(self) -> None:
        """Say, the first time, that torch is about to be loaded."""
        if not self._begun:
            self._begun = True
            self._on_start()


def bounded(scores: Sequence[float]) -> Array:
    """Scores whose squares are finite; raises ValueError where one is not finite itself."""
    values = np.asarray(scores, float)
    if not np.isfinite(values).all():
        raise ValueError("a score is not finite; leave failed runs out")
    return np.where(np.abs(values) < 1 / LARGEST, 0.0, np.clip(values, -LARGEST, LARGEST))


def prior_of(scores: Array | Sequence[float]) -> Prediction:
    """What scores alone say of any other candidate."""
    scores = np.asarray(scores, float)
    if not len(scores):
        return Prediction(0.0, 1.0)
    spread = float(scores.std()) if len(scores) > 1 else 0.0
    return Prediction(float(scores.mean()), spread or 1.0)


def _too_little(scores: Array) -> str:
    if len(scores) < MIN_RESULTS:
        one = "1 result" if len(scores) == 1 else f"{len(scores)} results"
        return f"{one}, at least {MIN_RESULTS} are needed"
    return "all scores are equal" if np.ptp(scores) == 0 else ""

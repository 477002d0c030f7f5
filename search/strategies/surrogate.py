"""The tree's surrogate: a value model, the results that it learns from, and its choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from ...space import Candidate
from ...value_model import Choice, Prediction, Predictor, Sample, Screen, Surveyor, Tierwise
from .contract import Outlook
from .graph import ROOT
from .tree_options import TreeOptions

SURVEY = "least like what was tried"
"""The reason of a choice before anything is known."""


@dataclass
class Results:
    """Samples with their scores, in the order in which they came."""

    samples: list[Sample] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.scores)

    def add(self, sample: Sample, score: float) -> None:
        self.samples.append(sample)
        self.scores.append(score)


@dataclass
class Surrogate:
    """Chooses among proposals by `predictor`, which learns from all results so far."""

    predictor: Predictor
    results: Results = field(default_factory=Results)
    """At the tier that is searched at."""
    dear: Results = field(default_factory=Results)
    """At dearer tiers, from which it learns to predict these."""
    fitted: int = 0

    @property
    def is_trusted(self) -> bool:
        return not self.predictor.doubt

    @property
    def is_tierwise(self) -> bool:
        return isinstance(self.predictor, Tierwise)

    def learn(self) -> None:
        """Bring the value model up to the results so far."""
        known = len(self.results) + len(self.dear)
        if self.fitted < known:
            samples = [*self.results.samples, *self.dear.samples]
            self.predictor.fit(samples, [*self.results.scores, *self.dear.scores])
            self.fitted = known

    def knows(self, tier: str) -> bool:
        """Whether it can predict a dearer tier, after all results so far."""
        if not isinstance(self.predictor, Tierwise):
            return False
        self.learn()
        return self.predictor.knows(tier)

    def surveyor(self, options: TreeOptions) -> Surveyor | None:
        """Who chooses by how little is known of a candidate, while that is how it is chosen."""
        predictor, early = self.predictor, len(self.results) < options.warmup
        if options.survey > 1 and early and isinstance(predictor, Surveyor) and not predictor.ready:
            return predictor
        return None

    def choose(
        self, samples: Sequence[Sample], screen: Screen, options: TreeOptions, rng: Random
    ) -> Choice:
        """Which of `samples` (at least one) to run."""
        surveyor = self.surveyor(options)
        if len(samples) > 1 and surveyor is not None:
            away = surveyor.unfamiliar(self.results.samples, samples)
            return Choice(away.index(max(away)), SURVEY, tuple(self.predictor.predict(samples)))
        return screen.choose(self.predictor, samples, max(self.results.scores, default=0.0), rng)

    def outlook(self, choice: Choice, proposals: Sequence[Candidate]) -> Outlook:
        """What was expected when `choice` was made among `proposals`."""
        doubt = self.predictor.doubt
        return Outlook(
            choice.predictions[choice.index],
            self.predictor.ready,
            len(proposals),
            choice.reason,
            doubt,
            {} if doubt else _hopes(proposals, choice.predictions, but=choice.index),
        )


def _hopes(
    proposals: Sequence[Candidate], predictions: Sequence[Prediction], but: int
) -> dict[str, float]:
    """What the proposals are worth at most that were not chosen, by the node they go on from."""
    hopes: dict[str, float] = {}
    for i, (candidate, prediction) in enumerate(zip(proposals, predictions, strict=True)):
        if i != but:
            origin = candidate.parents[0] if candidate.parents else ROOT
            hopes[origin] = max(hopes.get(origin, prediction.hope), prediction.hope)
    return hopes

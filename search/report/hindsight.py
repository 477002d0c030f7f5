"""What predictions were worth, once the scores were known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite

from ...memory import Memory, campaigns, events, predictions
from ...memory.predictions import Judged
from ..campaign.expectations import DECIDED, MODEL, PROMOTED

FEWEST_EXPLORED = 5
"""Fewer runs left to chance than this are nothing to compare the chosen ones with."""
FEWEST = 5
"""Predictions that must have been measured before their order is told at the end of a campaign."""
BEST_SHARE = 0.25
"""Which part of all scored runs counts as good."""

Figures = tuple[float, float, float]
"""The mean and the spread of a prediction, and the score that came of it."""


@dataclass(frozen=True)
class Agreement:
    """Predictions of one tier against what was measured there.

    `tau`, `spearman`, `coverage` of 90 % intervals and `calibration` error are over the
    `measured` ones of `predicted`; None below two scores, or where all are equal.
    """

    predicted: int
    measured: int
    tau: float | None
    spearman: float | None
    coverage: float | None
    calibration: float | None

    @property
    def words(self) -> str:
        of = f"{self.measured} of {self.predicted} predictions measured"
        if self.tau is None:
            return f"{of}: too few to judge"
        return (
            f"{of}: Kendall tau "
            f"{self.tau:.2f}, Spearman {self.spearman:.2f}, {self.coverage:.0%} within 90 % "
            f"intervals, calibration error {self.calibration:.2f}"
        )

    @property
    def tells(self) -> bool:
        """Whether so many were measured that their order says anything: that of two is chance."""
        return self.tau is not None and self.measured >= FEWEST

    @property
    def ranking(self) -> str:
        """How well the predictions ranked what was measured, and no more."""
        if not self.tells:
            return f"{self.predicted} predictions, {self.measured} measured: too few to judge"
        return f"ranked {self.measured} runs with Kendall tau {self.tau:.2f}"


@dataclass(frozen=True)
class Hindsight(Agreement):
    """A campaign's predictions against what was measured, at the tier of its proposals.

    `considered` proposals were compared where the model chose, or chance to learn from it;
    `chosen` and `explored` of them ran and were scored.
    """

    considered: int
    chosen: int
    explored: int
    saved: float | None
    """Runs left to chance that it would have taken beyond the chosen ones, to find as many
    of the best quarter; None with fewer than FEWEST_EXPLORED to tell how often chance does."""
    dear: Mapping[str, Agreement]
    """What was predicted of dearer tiers when candidates were promoted to them."""

    @property
    def any_measured(self) -> bool:
        """Whether there is anything to draw: a prediction with a score, at whichever tier."""
        return any(agreement.measured for agreement in (self, *self.dear.values()))

    @property
    def brief(self) -> str:
        """How well it ranked and what it chose, for the end of a campaign."""
        scale = " (1 is perfect, 0 is luck)" if self.tells else ""
        parts = [f"{self.ranking}{scale}"]
        if self.considered:
            saved = self.saved or 0
            gain = f", about {saved:.0f} runs fewer than by chance" if saved >= 0.5 else ""
            parts.append(f"chose {self.chosen} of {self.considered} proposals{gain}")
        for tier, there in self.dear.items():
            parts.append(f"at {tier} {there.ranking}")
        return "; ".join(parts)

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        return "; ".join([self._here, *(f"at {t}, {a.words}" for t, a in self.dear.items())])

    @property
    def _here(self) -> str:
        if self.tau is None:
            return self.words
        if not self.considered:
            return f"{self.words}; the model never chose"
        words = f"{self.words}; {self.chosen} runs chosen among {self.considered} proposals"
        if self.saved is None:
            return f"{words}, {self.explored} left to chance: too few to say what was saved"
        return (
            f"{words}, about {max(self.saved, 0):.0f} runs saved by {self.explored} left to chance"
        )


def look_back(memory: Memory, campaign: str) -> Hindsight | None:
    """What the value model was worth to a campaign; None where it predicted nothing."""
    return worth(memory, campaign, predictions.judged(memory, campaign))


def worth(memory: Memory, campaign: str, every: Sequence[Judged]) -> Hindsight | None:
    """`look_back` on a campaign of which all predictions are read already."""
    judged, dear = by_tier(every)
    if not judged and not dear:
        return None
    sign = campaigns.get(memory, campaign).sign
    decided = [event.data for event in events.read(memory, campaign, kind=DECIDED)]
    compared = [d for d in decided if d.get("considered", 0) > 1 and not d.get("doubt")]
    scores = {j.prediction.candidate: sign * j.score for j in judged if j.score is not None}
    explored = {d["candidate"] for d in compared if d["explored"]} & scores.keys()
    chosen = {d["candidate"] for d in compared if not d["explored"]} & scores.keys()
    good = set(sorted(scores, key=lambda c: -scores[c])[: max(1, round(BEST_SHARE * len(scores)))])
    return Hindsight(
        **asdict(_agreement(judged)),
        considered=sum(d["considered"] for d in compared),
        chosen=len(chosen),
        explored=len(explored),
        saved=_saved(len(chosen), len(chosen & good), len(explored), len(explored & good)),
        dear={tier: _agreement(promoted) for tier, promoted in dear.items()},
    )


def by_tier(every: Sequence[Judged]) -> tuple[list[Judged], dict[str, list[Judged]]]:
    """What the model predicted of proposals, and of those promoted to each dearer tier: scores
    of two tiers do not compare."""
    proposed = [each for each in every if each.prediction.model == MODEL]
    dear: dict[str, list[Judged]] = {}
    for each in every:
        if each.prediction.model == PROMOTED:
            dear.setdefault(each.prediction.tier, []).append(each)
    return proposed, dear


def known_figures(judged: Sequence[Judged]) -> list[Figures]:
    """The predictions that a score came of, as figures that can be compared."""
    figures = [(j.prediction.mean, j.prediction.spread, j.score) for j in judged]
    return [  # a memory may come from anywhere
        (mean, spread, score)
        for mean, spread, score in figures
        if score is not None and all(map(isfinite, (mean, spread, score))) and spread > 0
    ]


def _saved(chosen: int, hits: int, explored: int, lucky: int) -> float | None:
    if explored < FEWEST_EXPLORED:
        return None
    by_chance = (lucky + BEST_SHARE) / (explored + 1)
    return hits / by_chance - chosen


def _agreement(judged: Sequence[Judged]) -> Agreement:
    import numpy as np
    from scipy.stats import kendalltau, spearmanr

    from ...value_model.calibration import Coverage

    known = known_figures(judged)
    counts = (len(judged), len(known))
    means, spreads, scores = np.array(known, float).reshape(-1, 3).T
    if len(known) < 2 or not np.ptp(means) or not np.ptp(scores):
        return Agreement(*counts, None, None, None, None)
    coverage = Coverage.measure(scores, means, spreads)
    return Agreement(
        *counts,
        tau=float(kendalltau(means, scores).statistic),
        spearman=float(spearmanr(means, scores).statistic),
        coverage=coverage.at(0.9),
        calibration=coverage.error,
    )

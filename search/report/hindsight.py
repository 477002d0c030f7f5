"""What predictions were worth, once the scores were known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...memory import Memory, campaigns, events, predictions
from ...memory.predictions import Judged
from ..campaign.expectations import DECIDED, MODEL

FEWEST_EXPLORED = 5
"""Fewer runs left to chance than this are nothing to compare the chosen ones with."""
BEST_SHARE = 0.25
"""Which part of all scored runs counts as good."""


@dataclass(frozen=True)
class Hindsight:
    """A campaign's predictions against what was measured.

    `tau`, `spearman`, `coverage` of 90 % intervals and `calibration` error are over the
    `measured` ones of `predicted`; None below two scores, or where all are equal.
    `considered` proposals were compared where the model chose, or chance to learn from it;
    `chosen` and `explored` of them ran and were scored.
    """

    predicted: int
    measured: int
    tau: float | None
    spearman: float | None
    coverage: float | None
    calibration: float | None
    considered: int
    chosen: int
    explored: int
    saved: float | None
    """Runs left to chance that it would have taken beyond the chosen ones, to find as many
    of the best quarter; None with fewer than FEWEST_EXPLORED to tell how often chance does."""

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        if self.tau is None:
            return f"{self.measured} of {self.predicted} predictions measured: too few to judge"
        words = (
            f"{self.measured} of {self.predicted} predictions measured: Kendall tau "
            f"{self.tau:.2f}, Spearman {self.spearman:.2f}, {self.coverage:.0%} within 90 % "
            f"intervals, calibration error {self.calibration:.2f}"
        )
        if not self.considered:
            return f"{words}; the model never chose"
        words += f"; {self.chosen} runs chosen among {self.considered} proposals"
        if self.saved is None:
            return f"{words}, {self.explored} left to chance: too few to say what was saved"
        return (
            f"{words}, about {max(self.saved, 0):.0f} runs saved by {self.explored} left to chance"
        )


def look_back(memory: Memory, campaign: str) -> Hindsight | None:
    """What the value model was worth to a campaign; None where it predicted nothing."""
    judged = [j for j in predictions.judged(memory, campaign) if j.prediction.model == MODEL]
    if not judged:
        return None
    sign = campaigns.get(memory, campaign).sign
    decided = [event.data for event in events.read(memory, campaign, kind=DECIDED)]
    compared = [d for d in decided if d.get("considered", 0) > 1 and not d.get("doubt")]
    scores = {j.prediction.candidate: sign * j.score for j in judged if j.score is not None}
    explored = {d["candidate"] for d in compared if d["explored"]} & scores.keys()
    chosen = {d["candidate"] for d in compared if not d["explored"]} & scores.keys()
    good = set(sorted(scores, key=lambda c: -scores[c])[: max(1, round(BEST_SHARE * len(scores)))])
    tau, spearman, coverage, calibration = _agreement(judged)
    return Hindsight(
        predicted=len(judged),
        measured=len(scores),
        tau=tau,
        spearman=spearman,
        coverage=coverage,
        calibration=calibration,
        considered=sum(d["considered"] for d in compared),
        chosen=len(chosen),
        explored=len(explored),
        saved=_saved(len(chosen), len(chosen & good), len(explored), len(explored & good)),
    )


def _saved(chosen: int, hits: int, explored: int, lucky: int) -> float | None:
    if explored < FEWEST_EXPLORED:
        return None
    by_chance = (lucky + BEST_SHARE) / (explored + 1)
    return hits / by_chance - chosen


def _agreement(judged: Sequence[Judged]) -> tuple[float | None, ...]:
    import numpy as np
    from scipy.stats import kendalltau, spearmanr

    from ...value_model.calibration import Coverage

    known = [
        (j.prediction.mean, j.prediction.spread, j.score) for j in judged if j.score is not None
    ]
    if len(known) < 2:
        return None, None, None, None
    means, spreads, scores = (np.array(column, float) for column in zip(*known, strict=True))
    if not np.ptp(means) or not np.ptp(scores):
        return None, None, None, None
    coverage = Coverage.measure(scores, means, spreads)
    return (
        float(kendalltau(means, scores).statistic),
        float(spearmanr(means, scores).statistic),
        coverage.at(0.9),
        coverage.error,
    )

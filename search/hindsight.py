"""What predictions were worth, once the scores were known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import kendalltau, spearmanr

from ..memory.predictions import Judged
from ..value_model.calibration import Coverage


def hindsight(judged: Sequence[Judged]) -> dict[str, float] | None:
    """Figures on a campaign's predictions; None with fewer than two measured scores.

    `tau` and `spearman` between predicted and measured, `coverage` of 90 % intervals,
    `calibration` error; `predicted` and `measured` are counts.
    """
    known = [
        (j.prediction.mean, j.prediction.spread, j.score) for j in judged if j.score is not None
    ]
    if len(known) < 2:
        return None
    means, spreads, scores = (np.array(column, float) for column in zip(*known, strict=True))
    ranked = np.ptp(means) > 0 and np.ptp(scores) > 0
    coverage = Coverage.measure(scores, means, spreads)
    return {
        "predicted": len(judged),
        "measured": len(known),
        "tau": float(kendalltau(means, scores).statistic) if ranked else 0.0,
        "spearman": float(spearmanr(means, scores).statistic) if ranked else 0.0,
        "coverage": coverage.at(0.9),
        "calibration": coverage.error,
    }

"""Claims: when a candidate may be said to beat a reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist

import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 10_000
MIN_SEEDS = 3


@dataclass(frozen=True)
class Comparison:
    """Paired differences of a candidate and a reference, over fresh seeds.

    `difference` is the mean of the pairs, signed so that positive is better; `low` and
    `high` bound it at a joint confidence of `CONFIDENCE` over `looks` comparisons.
    """

    candidate_id: str
    reference: str
    tier: str
    seeds: tuple[int, ...]
    difference: float
    low: float
    high: float
    looks: int

    @property
    def holds(self) -> bool:
        """Whether the candidate beats the reference: the interval excludes zero."""
        return len(self.seeds) >= MIN_SEEDS and self.low > 0

    def sentence(self, candidate: str, unit: str = "") -> str:
        """The comparison in one line."""
        verdict = "beats" if self.holds else "is not shown to beat"
        unit = f" {unit}" if unit else ""
        return (
            f"{candidate} {verdict} {self.reference} at tier {self.tier}: "
            f"{self.difference:+.3f}{unit} "
            f"[{self.low:+.3f}, {self.high:+.3f}], {len(self.seeds)} paired seeds"
        )


def compare(
    candidate_id: str,
    reference: str,
    tier: str,
    pairs: Sequence[tuple[int, float, float]],
    *,
    noise: float = 0.0,
    looks: int = 1,
    rng: Random,
) -> Comparison:
    """Compare from `pairs` of (seed, candidate's score, reference's score), higher better.

    The interval is the percentile bootstrap of the mean difference (Efron 1979), and at
    least as wide as the tier's calibrated one-seed standard deviation `noise` implies:
    three pairs that happen to agree say nothing about the seeds not drawn. `looks` is
    how many comparisons were made, corrected for by Bonferroni. Raises ValueError
    where there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing to compare: no pairs")
    differences = np.array([ours - theirs for _, ours, theirs in pairs])
    tail = (1 - CONFIDENCE) / 2 / looks
    draws = np.random.default_rng(rng.getrandbits(64)).choice(
        differences, (RESAMPLES, len(differences))
    )
    low, high = np.quantile(draws.mean(axis=1), [tail, 1 - tail])
    mean = float(differences.mean())
    margin = NormalDist().inv_cdf(1 - tail) * noise * math.sqrt(2 / len(pairs))
    return Comparison(
        candidate_id,
        reference,
        tier,
        tuple(seed for seed, _, _ in pairs),
        mean,
        min(float(low), mean - margin),
        max(float(high), mean + margin),
        looks,
    )

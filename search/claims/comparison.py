"""Claims: when a candidate may be said to beat a reference."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..intervals import student_margin
from ..limits.verification_plan import MIN_SEEDS

if TYPE_CHECKING:
    from .expected_score import Searched

CONFIDENCE = 0.95
RESAMPLES, BLOCK = 10_000, 100


@dataclass(frozen=True)
class Comparison:
    """Paired differences of a candidate and a reference, over fresh seeds.

    `difference` is the mean of the paired items, or of the seeds where none are told, signed so
    that positive is better; `low` and `high` bound it at a joint confidence of `CONFIDENCE` over
    `looks` comparisons.
    """

    candidate_id: str
    reference: str
    tier: str
    seeds: tuple[int, ...]
    difference: float
    low: float
    high: float
    looks: int
    items: int = 0
    """How many items were compared, where runs tell their scores by item."""
    searched: Searched | None = field(default=None, compare=False)
    """What the search had made of the candidate, where that was asked for."""

    @property
    def holds(self) -> bool:
        """Whether the candidate beats the reference: the interval excludes zero."""
        return len(self.seeds) >= MIN_SEEDS and self.low > 0

    @property
    def confidence(self) -> str:
        """How sure the interval is, in words."""
        joint = f", corrected for {self.looks} comparisons" if self.looks > 1 else ""
        return f"{CONFIDENCE:.0%}{joint}"

    def sentence(self, candidate: str, unit: str = "") -> str:
        """The comparison in one line; ahead is better, whichever way the objective goes."""
        verdict = "beats" if self.holds else "is not shown to beat"
        unit = f" {unit}" if unit else ""
        by, low, high = _digits(self.difference, self.low, self.high)
        side = "ahead by" if self.difference >= 0 else "difference"
        return (
            f"{candidate} {verdict} {self.reference} at tier {self.tier}, "
            f"{side} {by}{unit} [{low}, {high}] ({self.confidence}), "
            f"{len(self.seeds)} paired seeds" + (f", {self.items} items" if self.items else "")
        )


def _digits(*figures: float) -> list[str]:
    """Figures with their signs, and with decimals enough that none but zero reads as zero."""
    sizes = [abs(figure) for figure in figures if figure]
    decimals = max([3, *(1 - math.floor(math.log10(size)) for size in sizes if size < 0.01)])
    return [f"{figure:+.{min(decimals, 12)}f}" for figure in figures]


def compare(
    candidate_id: str,
    reference: str,
    tier: str,
    pairs: Sequence[tuple[int, float, float]],
    *,
    items: Sequence[float] = (),
    noise: float = 0.0,
    looks: int = 1,
    rng: Random,
) -> Comparison:
    """Compare from `pairs` of (seed, candidate's score, reference's score), higher better.

    The interval is the percentile bootstrap of the mean difference (Efron 1979), which is too
    narrow for few pairs: it is at least as wide as Student's interval of the pairs (1908), as a
    candidate may be noisier than references are, and as the tier's calibrated one-seed standard
    deviation `noise` implies (0 where that is not known): three pairs that happen to agree say
    nothing about the seeds not drawn. Where the paired
    differences by item are known as `items`, each from -1 to 1, these are drawn instead, beside
    one more of each extreme: the pseudo-pairs of Agresti and Min (2005), without which a few
    items that go the same way would leave no doubt. `looks` is
    how many comparisons were made, corrected for by Bonferroni. Raises ValueError
    where there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing to compare: no pairs")
    differences = [ours - theirs for _, ours, theirs in pairs]
    drawn = [*items, -1.0, 1.0] if items else differences
    tail = (1 - CONFIDENCE) / 2 / looks
    means = _resampled(np.array(drawn), np.random.default_rng(rng.getrandbits(64)))
    low, high = np.quantile(means, [tail, 1 - tail])
    mean = fmean(items or differences)
    if not items:
        margin = _margin(differences, noise, tail)
        low, high = min(low, mean - margin), max(high, mean + margin)
    return Comparison(
        candidate_id,
        reference,
        tier,
        tuple(seed for seed, _, _ in pairs),
        mean,
        float(low),
        float(high),
        looks,
        len(items),
    )


def _margin(differences: Sequence[float], noise: float, tail: float) -> float:
    """Half the width of the interval of a mean that the seeds' noise implies."""
    count = len(differences)
    calibrated = NormalDist().inv_cdf(1 - tail) * noise * math.sqrt(2 / count)
    if count < 2:
        return calibrated
    return max(calibrated, student_margin(stdev(differences), count, tail))


def _resampled(differences: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The means of `RESAMPLES` draws, a hundred at a time: there may be thousands of items."""
    count = len(differences)
    draws = (rng.choice(differences, (BLOCK, count)) for _ in range(RESAMPLES // BLOCK))
    return np.concatenate([block.mean(axis=1) for block in draws])


def paired_items(runs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]]) -> list[float]:
    """The difference on each item that the reference met in some run of (ours, theirs).

    One that the candidate did not come to counts as not answered, as 0: whoever chose when its
    run ends would choose what it is compared on. When the reference's ends, it cannot choose.
    An item that came in several runs counts once, with the mean of its differences.
    """
    found: defaultdict[str, list[float]] = defaultdict(list)
    for ours, theirs in runs:
        for item in theirs:
            found[item].append(ours.get(item, 0.0) - theirs[item])
    return [fmean(found[item]) for item in sorted(found)]

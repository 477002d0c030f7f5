"""Shrinkage: noisy scores drawn back by as much as the luck of being the best is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median, quantiles

LEAST = 4
"""Fewer candidates than this say nothing of how far candidates differ."""
NORMAL_IQR = 1.349
"""The interquartile range of a normal distribution, in standard deviations."""


def shrunken(scores: Mapping[str, tuple[float, int]], noise: float) -> dict[str, float]:
    """The expected true score of each candidate, from (its mean score, its number of seeds).

    Empirical Bayes under a normal prior (Efron and Morris 1975): scores are drawn towards
    the middle of all, the more the smaller the spread of candidates is beside `noise`, the
    standard deviation of one seed. Middle and spread are the median and the quartiles', so
    that a few failures do not widen the prior. Empty where there are too few to tell.
    """
    if len(scores) < LEAST:
        return {}
    values = [score for score, _ in scores.values()]
    seeds = median(seeds for _, seeds in scores.values())
    low, _, high = quantiles(values, n=4)
    spread = max(0.0, ((high - low) / NORMAL_IQR) ** 2 - noise**2 / seeds)
    middle = median(values)
    found = {}
    for name, (score, n) in scores.items():
        doubt = noise**2 / n
        kept = 1.0 if doubt == 0 else spread / (spread + doubt)
        found[name] = middle + kept * (score - middle)
    return found


def pooled_noise(groups: Sequence[Sequence[float]]) -> float | None:
    """The standard deviation within groups of scores, each one candidate's over its seeds.

    None where no candidate has two.
    """
    squares, freedom = 0.0, 0
    for scores in groups:
        mean = sum(scores) / len(scores)
        squares += sum((score - mean) ** 2 for score in scores)
        freedom += len(scores) - 1
    return math.sqrt(squares / freedom) if freedom else None

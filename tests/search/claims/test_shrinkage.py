"""The best of many noisy scores is drawn back by as much as its luck is worth."""

from random import Random
from statistics import mean

import pytest

from discover.search.claims.shrinkage import pooled_noise, shrunken


def test_over_many_searches_the_estimate_of_the_best_is_not_too_high():
    rng, raw, corrected = Random(3), [], []
    for _ in range(300):
        truth = {str(n): rng.gauss(0.7, 0.05) for n in range(40)}
        seen = {name: (score + rng.gauss(0, 0.05), 1) for name, score in truth.items()}
        best = max(seen, key=lambda name: seen[name])
        raw.append(seen[best][0] - truth[best])
        corrected.append(shrunken(seen, 0.05)[best] - truth[best])
    assert mean(raw) > 0.05, "what the table shows is too high by a whole standard deviation"
    assert abs(mean(corrected)) < 0.012


def test_more_seeds_are_believed_more_and_no_noise_is_believed_whole():
    scores = {"a": (0.0, 1), "b": (1.0, 1), "c": (2.0, 1), "d": (3.0, 1), "e": (3.0, 9)}
    estimates = shrunken(scores, 1.0)
    assert 2.0 < estimates["d"] < estimates["e"] < 3.0
    assert shrunken(scores, 0.0) == {name: score for name, (score, _) in scores.items()}


def test_candidates_that_differ_by_noise_alone_are_all_the_same():
    scores = {str(n): (0.01 * n, 1) for n in range(8)}
    assert set(shrunken(scores, 1.0).values()) == {0.035}
    assert shrunken(dict(list(scores.items())[:3]), 1.0) == {}, "too few to tell"


def test_noise_is_pooled_over_candidates_with_several_seeds():
    assert pooled_noise([[1.0, 3.0], [5.0], [10.0, 12.0]]) == pytest.approx(2**0.5)
    assert pooled_noise([[1.0], [2.0]]) is None
    assert pooled_noise([[1.0, 1.0]]) == 0

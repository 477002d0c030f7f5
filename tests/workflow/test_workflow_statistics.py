"""Intervals and noise: against theory and simulation, not against themselves."""

import numpy as np
import pytest

from discover.evaluators.workflow.statistics import (
    interval,
    interval_at_any_time,
    noise,
    settled,
)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(120):
        found = interval(rng.random(60) < 0.7, seed=trial)
        hits += found.low <= 0.7 <= found.high
    assert 0.87 <= hits / 120 <= 0.99


def test_an_interval_narrows_with_items_and_holds_its_mean():
    few, many = interval([0, 1] * 8), interval([0, 1] * 200)
    assert few.mean == many.mean == 0.5
    assert few.low < many.low < 0.5 < many.high < few.high
    assert (few.items, many.items) == (16, 400)
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


def test_perfect_scores_are_not_certain():
    found = interval([1.0] * 20)
    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.8316, abs=1e-3)  # 0.025 ** (1 / 20)
    assert interval([0.0] * 20).high == pytest.approx(1 - 0.8316, abs=1e-3)


def test_the_same_scores_give_the_same_interval():
    scores = [0, 1, 1, 0.5] * 10
    assert interval(scores, seed=3) == interval(scores, seed=3)


def test_noise_is_what_was_put_in():
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 0.3, (400, 1))
    found = noise(truth + rng.normal(0, 0.2, (400, 4)))
    assert found.reliability == pytest.approx(0.09 / 0.13, abs=0.05)
    assert found.ceiling == pytest.approx(found.reliability**0.5)


def test_pure_noise_has_no_ceiling_and_none_has_no_noise():
    rng = np.random.default_rng(4)
    assert noise(rng.normal(size=(300, 3))).reliability < 0.1
    exact = noise(np.repeat(rng.random((5, 1)), 2, axis=1))
    assert (exact.reliability, exact.ceiling) == (1.0, 1.0)
    assert noise(np.ones((4, 3))).reliability == 0.0


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(ValueError, match="at least one score"):
        interval([])
    with pytest.raises(ValueError, match="at least 3 workflows by 2 runs"):
        noise([[1, 2], [3, 4]])


def stopped_when_settled(rng, truth, bar, most):
    """Scores drawn one by one until they settle on which side of the bar the truth lies."""
    scores = []
    while len(scores) < most and not settled(scores, bar):
        scores.append(float(rng.random() < truth))
    return scores


def test_a_bar_is_missed_by_chance_no_more_often_than_agreed_however_often_one_looks():
    rng = np.random.default_rng(5)
    wrong = naive = 0
    for trial in range(400):
        scores = stopped_when_settled(rng, 0.4, 0.4, 60)
        found = interval_at_any_time(scores)
        wrong += not found.low <= 0.4 <= found.high
        seen = [rng.random() < 0.4 for _ in range(60)]
        naive += any(interval(seen[:n], trial).high < 0.4 for n in (8, 16, 24, 32, 40, 50, 60))
    assert wrong / 400 <= 0.05
    assert naive / 400 > 0.05, "an interval for one look is wrong more often, looked at again"


def test_a_reference_that_is_always_wrong_is_settled_within_a_few_items():
    rng = np.random.default_rng(6)
    scores = stopped_when_settled(rng, 0.0, 0.5, 60)
    assert 5 <= len(scores) <= 8
    assert interval_at_any_time(scores).high < 0.5
    assert interval_at_any_time(scores[:-1]).high >= 0.5
    close = [len(stopped_when_settled(rng, 0.45, 0.5, 100)) for _ in range(20)]
    assert np.median(close) == 100


def test_what_is_above_the_bar_is_settled_too():
    assert settled([1.0] * 8, 0.4) and not settled([1.0] * 2, 0.4)
    assert interval_at_any_time([1.0] * 8).low > 0.4
    assert not settled([0.0] * 50, 0.0) and not settled([1.0] * 50, 1.0)

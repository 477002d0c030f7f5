"""Cheap tiers teach what dear ones will say, on a made-up space of chains."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.stats import kendalltau

from discover.space import Blueprint, Candidate
from discover.value_model import Sample, Tiered, ValueModel

from . import conftest
from .conftest import chain
from .conftest import score as cheap


def drawn(count: int, seed: int) -> list[str]:
    return ["".join(codes) for codes in conftest.drawn(count, seed)]


def sample(codes: str, tier: str, **known: object) -> Sample:
    return Sample(Candidate(codes, "", chain(codes)), tier=tier, **known)  # type: ignore[arg-type]


def dear(codes: str) -> float:
    """Much as the cheap tier has it, on another scale; a `c` counts here alone."""
    return 70 + 10 * np.tanh(0.6 * cheap(codes)) + 2 * codes.count("c")


CHEAP, ASKED = drawn(60, 1), drawn(150, 2)
BEST = sorted(CHEAP, key=cheap)[-12:]


def fitted(dear_ones: list[str], tell=dear, cheap_ones: list[str] = CHEAP) -> Tiered:
    model = Tiered()
    samples = [sample(c, "quick") for c in cheap_ones] + [sample(c, "dear") for c in dear_ones]
    model.fit(samples, [cheap(c) for c in cheap_ones] + [tell(c) for c in dear_ones])
    return model


def means(model: Tiered, tier: str) -> list[float]:
    return [p.mean for p in model.predict([sample(c, tier) for c in ASKED])]


def tau(guesses: list[float], truth=dear) -> float:
    return kendalltau(guesses, [truth(c) for c in ASKED]).statistic


def test_many_cheap_results_and_a_few_dear_ones_say_more_than_either() -> None:
    few = drawn(12, 3)
    both = fitted(few)
    alone = ValueModel()
    alone.fit([sample(c, "dear") for c in few], [dear(c) for c in few])
    only_dear = [p.mean for p in alone.predict([sample(c, "dear") for c in ASKED])]
    assert tau(means(both, "dear")) > tau(means(both, "quick")) + 0.1
    assert tau(means(both, "dear")) > tau(only_dear) + 0.05


def test_each_tier_is_predicted_in_its_own_unit() -> None:
    model = fitted(BEST)
    assert np.mean(means(model, "quick")) == pytest.approx(
        np.mean([cheap(c) for c in ASKED]), abs=0.5
    )
    best = [c for c in ASKED if cheap(c) >= min(map(cheap, BEST))]
    guesses = [p.mean for p in model.predict([sample(c, "dear") for c in best])]
    assert np.mean(guesses) == pytest.approx(np.mean([dear(c) for c in best]), abs=3)


def test_that_only_the_best_were_run_does_not_make_all_others_as_good() -> None:
    middling = sorted(ASKED, key=cheap)[50:100]
    guesses = [p.mean for p in fitted(BEST).predict([sample(c, "dear") for c in middling])]
    assert np.mean(guesses) == pytest.approx(np.mean([dear(c) for c in middling]), abs=1.5)
    assert np.mean(guesses) < min(map(dear, BEST))


def test_of_the_base_nothing_changes() -> None:
    quick = [sample(c, "quick") for c in ASKED]
    alone = ValueModel()
    alone.fit([sample(c, "quick") for c in CHEAP], [cheap(c) for c in CHEAP])
    assert fitted(BEST).predict(quick) == alone.predict(quick)


def test_a_tier_that_says_nothing_of_the_dear_one_is_not_believed() -> None:
    rng = Random(5)
    ones = drawn(40, 6)
    luck = {c: rng.gauss(0, 1) for c in ones}
    unlike, alike = fitted(ones, luck.__getitem__), fitted(ones, cheap)
    said, of = (model.transfer("dear") for model in (unlike, alike))
    assert said is not None
    assert of is not None
    assert said.fitted.correlation < 0.5 < of.fitted.correlation


def test_answers_come_in_the_order_of_the_questions() -> None:
    model = fitted(BEST)
    asked = [sample(c, tier) for c in ASKED[:5] for tier in ("dear", "quick")]
    one_by_one = [model.predict([each])[0].mean for each in asked]
    assert [p.mean for p in model.predict(asked)] == pytest.approx(one_by_one, abs=1e-3)


def test_parents_scores_of_two_tiers_are_not_mixed() -> None:
    """A parent's dear score of 70 would lie far outside all that the base has seen."""
    samples = [sample(c, "quick", parent_score=cheap(c) - 1) for c in CHEAP]
    more = [sample(c, "dear", parent_score=dear(c) - 1) for c in BEST]
    model = Tiered()
    model.fit(samples + more, [cheap(c) for c in CHEAP] + [dear(c) for c in BEST])
    with_parent = model.predict([sample(BEST[0], "dear", parent_score=1e6)])
    assert with_parent == model.predict([sample(BEST[0], "dear")])


def test_of_a_tier_with_too_few_results_these_alone_speak() -> None:
    model = fitted(BEST[:2])
    assert not model.knows("dear")
    assert set(means(model, "dear")) == {np.mean([dear(c) for c in BEST[:2]])}
    assert "2 results here, at least 3 are needed" in model.status("dear")
    assert "at quick learnt from 60" in model.status("dear")


def test_a_tier_without_results_is_predicted_as_the_base() -> None:
    model = fitted([])
    assert not model.knows("dear")
    assert means(model, "dear") == means(model, "quick")


def test_equal_dear_scores_and_an_unlearnt_base_teach_nothing() -> None:
    assert fitted(BEST, lambda codes: 1.0).transfer("dear") is None
    assert fitted(BEST[:4], cheap_ones=CHEAP[:6]).transfer("dear") is None


def test_many_dear_results_are_learnt_too() -> None:
    """Beyond the rows on which the correlation is chosen."""
    ones = [c for c in dict.fromkeys(drawn(400, 7)) if c not in ASKED][:180]
    model = fitted(ones, cheap_ones=[*ones, *CHEAP])
    assert tau(means(model, "dear")) > 0.9


def test_it_is_the_joint_process_of_both_tiers_conditioned_on_all_results() -> None:
    """Two outputs of one process with correlation r (Kennedy and O'Hagan 2000), solved at once."""
    model = fitted(BEST)
    transfer = model.transfer("dear")
    assert transfer is not None
    base, dear_fit, r = transfer.base, transfer.fitted, transfer.fitted.correlation
    asked = base.ground.encode(transfer.describe, [sample(c, "quick") for c in ASKED])
    known = [base.rows, transfer.rows]
    share = [[1, r], [r, 1]]
    joint = np.block(
        [[share[i][j] * base.ground.covariance(known[i], known[j]) for j in (0, 1)] for i in (0, 1)]
    )
    noise = base.posterior.kernel.noise_variance()
    precision = np.linalg.inv(joint + noise * np.eye(len(joint)))
    of_base = np.linalg.solve(base.posterior.precision, base.posterior.weights)
    weights = precision @ np.concatenate([of_base, dear_fit.targets.numpy()])
    across = np.hstack([share[1][j] * base.ground.covariance(asked, known[j]) for j in (0, 1)])
    means = dear_fit.warp.continued(base.warp).back(across @ weights)
    found = [p.mean for p in model.predict([sample(c, "dear") for c in ASKED])]
    assert found == pytest.approx(means.tolist(), rel=1e-3)


def test_another_unit_of_the_dear_scores_changes_the_unit_of_the_answers_alone() -> None:
    usual, small = fitted(BEST), fitted(BEST, lambda codes: dear(codes) / 100)
    ask = [sample(c, "dear") for c in ASKED]
    for a, b in zip(usual.predict(ask), small.predict(ask), strict=True):
        assert (100 * b.mean, 100 * b.spread) == pytest.approx((a.mean, a.spread), rel=1e-6)


def test_intervals_of_a_dear_tier_cover_what_they_say() -> None:
    model = fitted(drawn(20, 8))
    answers = model.predict([sample(c, "dear") for c in ASKED])
    inside = [
        abs(p.mean - dear(c)) <= 1.645 * p.spread for p, c in zip(answers, ASKED, strict=True)
    ]
    assert 0.75 <= np.mean(inside) <= 0.99


def test_far_from_all_that_ran_dearly_it_is_less_sure() -> None:
    model = fitted(BEST)
    order = sorted(ASKED, key=cheap)
    worst, best = (
        np.mean([p.spread for p in model.predict([sample(c, "dear") for c in some])])
        for some in (order[:20], order[-20:])
    )
    assert worst > 1.5 * best


def test_texts_are_told_apart_at_a_dear_tier_too() -> None:
    def written(codes: str, tier: str, blueprint: Blueprint | None = None) -> Sample:
        text = " ".join(f"{code}()" for code in codes)
        return Sample(Candidate(f"text {codes}", text, blueprint), tier=tier)

    samples = [written(c, "quick", chain(c)) for c in CHEAP]
    samples += [written(c, "dear", chain(c)) for c in BEST]
    model = Tiered()
    model.fit(samples, [cheap(c) for c in CHEAP] + [dear(c) for c in BEST])
    assert tau([p.mean for p in model.predict([written(c, "dear") for c in ASKED])]) > 0.4
    assert model.status("quick", bare=True) != model.status("quick")
    assert model.status("dear", bare=True) != model.status("dear")


def test_a_dear_score_that_is_not_finite_is_refused_and_nothing_is_forgotten() -> None:
    model = fitted(BEST)
    before = means(model, "dear")
    with pytest.raises(ValueError, match="not finite"):
        model.fit([sample(CHEAP[0], "quick"), sample(BEST[0], "dear")], [1.0, float("nan")])
    assert means(model, "dear") == before


def test_dear_scores_of_any_size_give_finite_answers() -> None:
    model = fitted(BEST, lambda codes: 1.7e308 * (codes > BEST[5]))
    assert all(p.is_finite for p in model.predict([sample(c, "dear") for c in ASKED]))
    few = fitted(BEST[:2], lambda codes: 1.7e308)
    assert all(p.is_finite for p in few.predict([sample(c, "dear") for c in ASKED]))

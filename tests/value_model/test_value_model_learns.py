"""The model on a made-up space of chains, whose score depends on what follows what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kendalltau

from discover.space import Candidate
from discover.value_model import Sample, ValueModel, learning

from .conftest import chain, drawn, score


def sample(codes: list[str], **known: object) -> Sample:
    blueprint = chain(codes)
    return Sample(Candidate("".join(codes), "", blueprint), **known)  # type: ignore[arg-type]


TRAIN, TEST = drawn(60, 1), drawn(100, 2)


@pytest.fixture(scope="module")
def model() -> ValueModel:
    model = ValueModel()
    model.fit([sample(codes) for codes in TRAIN], [score(codes) for codes in TRAIN])
    return model


def tau(model: ValueModel) -> float:
    means = [p.mean for p in model.predict([sample(codes) for codes in TEST])]
    return kendalltau(means, [score(codes) for codes in TEST]).statistic


def test_ranks_unseen_candidates(model: ValueModel) -> None:
    assert tau(model) > 0.8


def test_what_follows_what_needs_the_graph(model: ValueModel) -> None:
    flat = ValueModel(families=("positions",))
    flat.fit([sample(codes) for codes in TRAIN], [score(codes) for codes in TRAIN])
    assert tau(model) > tau(flat) + 0.1


def test_says_without_scores_what_is_least_like_the_known() -> None:
    known = [sample(codes) for codes in drawn(5, 3)]
    near = sample([*drawn(5, 3)[0][:-1], "a"])
    far = sample(list("ddddddd"))
    again, close, away = ValueModel().unfamiliar(known, [known[2], near, far])
    assert again < close < away
    assert ValueModel().unfamiliar([], known) == [0.0] * 5


def test_predicts_in_the_unit_of_the_scores() -> None:
    model = ValueModel()
    model.fit([sample(c) for c in TRAIN], [1000 * score(c) - 7 for c in TRAIN])
    means = np.array([p.mean for p in model.predict([sample(c) for c in TEST])])
    truth = np.array([1000 * score(c) - 7 for c in TEST])
    assert np.abs(means - truth).mean() < 0.6 * np.abs(truth - truth.mean()).mean()


def test_the_spread_covers_what_it_says(model: ValueModel) -> None:
    predictions = model.predict([sample(codes) for codes in TEST])
    inside = [
        abs(p.mean - score(codes)) <= 1.645 * p.spread
        for p, codes in zip(predictions, TEST, strict=True)
    ]
    assert 0.75 <= np.mean(inside) <= 0.99
    assert all(p.spread > 0 for p in predictions)


def test_is_less_sure_of_what_it_has_never_seen(model: ValueModel) -> None:
    known, strange = model.predict([sample(TRAIN[0]), sample(["x", "y", "z", "q", "r", "s", "t"])])
    assert strange.spread > known.spread


def test_what_it_learns_depends_on_the_results_and_their_order_alone() -> None:
    """A search that is resumed fits once to what an undisturbed one took in bit by bit."""
    rows, scores = [sample(c) for c in TRAIN], [score(c) for c in TRAIN]
    once, often = ValueModel(seed=3), ValueModel(seed=3)
    for count in (9, 10, 22, 40, 41, 47):
        often.fit(rows[:count], scores[:count])
        often.predict([sample(c) for c in TEST[:count]])
    once.fit(rows[:47], scores[:47])
    asked = [sample(c) for c in TEST[-25:]]
    assert once.predict(asked) == often.predict(asked)


def test_of_many_results_a_bounded_number_is_learnt_from(monkeypatch) -> None:
    """Also by a search that goes on, and a resumed one learns from the same."""
    monkeypatch.setattr(learning, "MAX_ROWS", 45)
    monkeypatch.setattr(learning, "FRESH", 15)
    settled_on: list[int] = []
    settle = learning.settle

    def watched(describe, families, samples, scores, seed):
        settled_on.append(len(samples))
        return settle(describe, families, samples, scores, seed)

    monkeypatch.setattr(learning, "settle", watched)
    rows, scores = [sample(c) for c in TRAIN + TEST], [score(c) for c in TRAIN + TEST]
    often, learnt_from = ValueModel(), []
    for count in range(43, 77):
        often.fit(rows[:count], scores[:count])
        assert often.report is not None
        learnt_from.append(often.report.results)
    assert learnt_from == [*range(43, 46), *range(31, 45), *range(30, 45), 30, 31]
    assert settled_on == [40, 30, 30, 30]
    once = ValueModel()
    once.fit(rows[:76], scores[:76])
    assert once.status.startswith("learnt from 31 of 76 results: ")
    asked = [sample(c) for c in TEST[-25:]]
    assert once.predict(asked) == often.predict(asked)


def test_milestones_are_ten_to_a_decade_and_each_is_its_own() -> None:
    every = [8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, 126, 158, 200, 251, 316]
    assert [learning.milestone(results) for results in every] == every
    assert [learning.milestone(results) for results in (9, 24, 49, 51, 250)] == [8, 20, 40, 50, 200]
    assert [learning.milestone(results) for results in (2001, 2249, 2250)] == [2000, 2000, 2250]


def test_a_score_that_was_corrected_is_learnt_anew() -> None:
    rows, scores = [sample(c) for c in TRAIN], [score(c) for c in TRAIN]
    corrected, fresh = ValueModel(), ValueModel()
    corrected.fit(rows, scores)
    corrected.fit(rows, [-s for s in scores])
    fresh.fit(rows, [-s for s in scores])
    asked = [sample(c) for c in TEST]
    assert corrected.predict(asked) == fresh.predict(asked)


def test_free_figures_are_used() -> None:
    rng = np.random.default_rng(0)
    figures = rng.normal(size=160)
    rows = [sample(c, free={"probe": f}) for c, f in zip(TRAIN + TEST, figures, strict=True)]
    model = ValueModel()
    model.fit(rows[:60], list(figures[:60]))
    means = [p.mean for p in model.predict(rows[60:])]
    assert kendalltau(means, figures[60:]).statistic > 0.7


def test_a_report_is_made_on_held_back_results(model: ValueModel) -> None:
    assert model.report is not None
    assert abs(model.report.tau - tau(model)) < 0.2
    noise = ValueModel()
    noise.fit([sample(c) for c in TRAIN], list(np.random.default_rng(0).normal(size=60)))
    assert noise.report is not None and noise.report.tau < 0.3


def test_the_parents_score_is_a_rival() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=60)
    rows = [
        sample(c, parent_score=s + 0.1 * rng.normal()) for c, s in zip(TRAIN, scores, strict=True)
    ]
    model = ValueModel(families=("positions",))
    model.fit(rows, list(scores))
    assert model.report is not None and "the parent's score" in model.doubt
    assert model.report.parent_tau is not None and model.report.parent_tau > 0.8


@pytest.mark.parametrize(
    ("count", "constant", "words"),
    [(0, False, "no results"), (7, False, "7 results"), (20, True, "all scores are equal")],
)
def test_predicts_the_prior_and_says_so(count: int, constant: bool, words: str) -> None:
    model = ValueModel()
    if count:
        scores = [2.5] * count if constant else [score(c) for c in TRAIN[:count]]
        model.fit([sample(c) for c in TRAIN[:count]], scores)
    (prediction,) = model.predict([sample(TEST[0])])
    assert not model.ready and words in model.status
    expected = 0.0 if not count else 2.5 if constant else np.mean([score(c) for c in TRAIN[:7]])
    assert prediction.mean == pytest.approx(expected) and prediction.spread > 0


def test_constant_features_predict_the_prior() -> None:
    model = ValueModel()
    model.fit([sample(TRAIN[0])] * 20, list(range(20)))
    (prediction,) = model.predict([sample(TEST[0])])
    assert prediction.mean == pytest.approx(9.5) and "look alike" in model.status


def test_forgets_when_it_is_fitted_to_too_little(model: ValueModel) -> None:
    again = ValueModel()
    again.fit([sample(c) for c in TRAIN], [score(c) for c in TRAIN])
    again.fit([sample(TRAIN[0])], [4.0])
    assert not again.ready and again.predict([sample(TEST[0])])[0].mean == 4.0


def test_refuses_scores_that_are_not_finite() -> None:
    with pytest.raises(ValueError, match="not finite"):
        ValueModel().fit([sample(TRAIN[0])], [float("nan")])


def test_names_an_unknown_family() -> None:
    with pytest.raises(ValueError, match="'shapes'"):
        ValueModel(families=("shapes",))


@pytest.mark.parametrize("worst", [[-1.7e308], [1.7e308, -1.7e308], [1.7e308] * 10])
def test_huge_scores_leave_every_prediction_finite(worst):
    rest = [score(codes) for codes in TRAIN[len(worst) :]]
    model = ValueModel()
    model.fit([sample(codes) for codes in TRAIN], [*worst, *rest])
    found = model.predict([sample(codes) for codes in TRAIN])
    assert model.ready and np.isfinite([[p.mean, p.spread, p.hope] for p in found]).all()


@pytest.mark.parametrize("scale", [4e-323, 1e-300])
def test_scores_too_small_to_be_told_apart_count_as_equal(scale):
    model = ValueModel()
    model.fit([sample(codes) for codes in TRAIN], [scale * score(codes) for codes in TRAIN])
    assert not model.ready and "equal" in model.status
    # Beside others they count as zero.
    mixed = [score(codes) * (scale if i % 2 else 1.0) for i, codes in enumerate(TRAIN)]
    model.fit([sample(codes) for codes in TRAIN], mixed)
    found = model.predict([sample(codes) for codes in TEST])
    assert model.ready and np.isfinite([[p.mean, p.spread, p.hope] for p in found]).all()


def written(codes: list[str]) -> Sample:
    """A program as someone else would write it down: no blueprint of it is known."""
    return Sample(Candidate(f"text {codes}", " ".join(f"{code}()" for code in codes)))


def test_programs_without_a_blueprint_are_ranked_by_their_text() -> None:
    """Also where all that is known has blueprints, which then say all that a text does."""
    both = [Sample(replace(written(codes).candidate, blueprint=chain(codes))) for codes in TRAIN]
    model = ValueModel()
    model.fit(both, [score(codes) for codes in TRAIN])
    texts = [p.mean for p in model.predict([written(codes) for codes in TEST])]
    assert kendalltau(texts, [score(codes) for codes in TEST]).statistic > 0.4
    mixed = model.predict([sample(TEST[0]), written(TEST[0]), sample(TEST[1])])
    assert mixed[1].mean == pytest.approx(texts[0])
    assert [mixed[0].mean, mixed[2].mean] == pytest.approx(
        [p.mean for p in model.predict([sample(TEST[0]), sample(TEST[1])])]
    )
    model.fit(both[:20], [10 + score(codes) for codes in TRAIN[:20]])
    again = [p.mean for p in model.predict([written(codes) for codes in TEST])]
    assert min(again) > max(score(codes) for codes in TRAIN)  # it learnt anew

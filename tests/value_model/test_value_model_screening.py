"""Screening: which proposal runs, and when the model stands aside."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.stats import norm

from discover.space import Candidate, make
from discover.value_model import Prediction, Sample, Screen, ValueModel
from discover.value_model.screening import expected_improvement


def sample(size: int, name: str = "", parent: float | None = None) -> Sample:
    blueprint = make("mixer", size=size)
    return Sample(Candidate(name or str(size), "", blueprint), parent_score=parent)


@pytest.fixture(scope="module")
def model() -> ValueModel:
    """Knows that larger is better."""
    model = ValueModel()
    model.fit([sample(i) for i in range(30)], [float(i) for i in range(30)])
    return model


PROPOSALS = [sample(3, "a"), sample(28, "b"), sample(11, "c")]


@pytest.mark.parametrize("rule", ["ei", "ucb"])
def test_the_promising_proposal_runs(model: ValueModel, rule) -> None:
    screen = Screen(rule, explore=0.0)
    picks = [screen.choose(model, PROPOSALS, 20.0, Random(i)) for i in range(20)]
    assert np.mean([pick.index == 1 for pick in picks]) > 0.9
    assert len(picks[0].predictions) == 3 and picks[0].reason == rule


def test_the_floor_runs_others_too(model: ValueModel) -> None:
    screen = Screen(explore=0.3)
    picks = [screen.choose(model, PROPOSALS, 20.0, Random(i)) for i in range(300)]
    explored = [pick for pick in picks if pick.reason == "exploration"]
    assert 0.2 < len(explored) / 300 < 0.4
    assert {pick.index for pick in explored} == {0, 1, 2}


def test_the_same_seed_makes_the_same_choice(model: ValueModel) -> None:
    screen = Screen(explore=0.2)
    assert all(
        screen.choose(model, PROPOSALS, 5.0, Random(i))
        == screen.choose(model, PROPOSALS, 5.0, Random(i))
        for i in range(5)
    )


def test_stands_aside_while_it_knows_too_little() -> None:
    picks = [Screen().choose(ValueModel(), PROPOSALS, 0.0, Random(i)) for i in range(60)]
    assert {pick.index for pick in picks} == {0, 1, 2}
    assert all("stands aside" in p.reason and "at least 8" in p.reason for p in picks)


def test_a_choice_of_one_draws_nothing(model: ValueModel) -> None:
    rng = Random(3)
    assert Screen().choose(model, PROPOSALS[:1], 0.0, rng).reason == "the only proposal"
    assert "at least 8" in Screen().choose(ValueModel(), PROPOSALS[:1], 0.0, rng).reason
    assert rng.getstate() == Random(3).getstate()


def test_few_results_are_no_ground_to_call_it_luck() -> None:
    """Held-back ranks of few results are too poor, even where the model ranks well."""
    doubted = {8: 0, 40: 0}
    for count in doubted:
        for seed in range(6):
            scores = np.random.default_rng(seed).permutation(count).tolist()
            model = ValueModel()
            model.fit([sample(i % 7, str(i)) for i in range(count)], scores)
            doubted[count] += "of luck" in model.doubt
    assert doubted[8] == 0 < doubted[40]


def test_stands_aside_where_it_ranks_no_better_than_chance() -> None:
    scores = np.random.default_rng(1).permutation(60).tolist()
    model = ValueModel()
    model.fit([sample(i % 30, str(i)) for i in range(60)], scores)
    reason = Screen().choose(model, PROPOSALS, 0.0, Random(0)).reason
    assert "stands aside" in reason and "of luck" in reason


def test_stands_aside_where_the_parents_score_ranks_better() -> None:
    rng = np.random.default_rng(0)
    scores = np.arange(30) + 5 * rng.normal(size=30)
    rows = [sample(i, parent=float(s + 0.01 * rng.normal())) for i, s in enumerate(scores)]
    model = ValueModel(families=("numbers",))
    model.fit(rows, scores.tolist())
    reason = Screen().choose(model, PROPOSALS, 0.0, Random(0)).reason
    assert "stands aside" in reason and "the parent's" in reason


@pytest.mark.parametrize("mean", [3.0, 1.0, -4.0])
def test_expected_improvement_is_the_mean_of_the_excess(mean: float) -> None:
    draws = norm.rvs(mean, 2.0, size=400_000, random_state=0)
    excess = np.maximum(draws - 1.5, 0).mean()
    assert expected_improvement(Prediction(mean, 2.0), 1.5) == pytest.approx(excess, rel=0.03)


def test_expected_improvement_orders_the_hopeless() -> None:
    worth = [expected_improvement(Prediction(float(-m), 1.0), 0.0) for m in range(1, 30)]
    assert worth == sorted(worth, reverse=True) and len(set(worth)) == len(worth)
    assert expected_improvement(Prediction(2.0, 0.0), 1.5) == 0.5


def test_left_to_itself_it_chooses_as_was_measured_for_campaigns() -> None:
    assert Screen() == Screen("ucb", explore=0.05)


def test_names_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="'best'"):
        Screen("best")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="probability"):
        Screen(explore=1.5)
    with pytest.raises(ValueError, match="nothing to choose"):
        Screen().choose(ValueModel(), [], 0.0, Random(0))


class Fixed:
    """A predictor with these predictions."""

    ready = True
    doubt = ""

    def __init__(self, *predictions: Prediction) -> None:
        self.predictions = predictions

    def fit(self, samples: object, scores: object) -> None:
        raise AssertionError("it needs no fit")

    def predict(self, samples: object) -> tuple[Prediction, ...]:
        return self.predictions


@pytest.mark.parametrize("rule", ["ei", "ucb"])
def test_room_for_failure_is_no_promise(rule) -> None:
    """Where scores crowd near the best, a bad candidate may be much worse, hardly better."""
    bad, good = Prediction(48.0, 27.0, 2.0), Prediction(70.0, 1.0)
    choice = Screen(rule, explore=0.0).choose(Fixed(bad, good), PROPOSALS[:2], 71.0, Random(0))
    assert choice.index == 1


def test_the_upside_of_crowded_scores_is_smaller_than_the_spread() -> None:
    rows = [sample(i) for i in range(40)]
    model = ValueModel()
    model.fit(rows, [-float(np.exp(4 - i / 6)) for i in range(40)])
    (middling,) = model.predict([sample(20, "a")])
    assert middling.hope - middling.mean < 0.95 * middling.spread

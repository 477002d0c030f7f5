"""What results say of labels and of the scale of scores."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch

from discover.space import Candidate, make
from discover.value_model import Sample, ValueModel
from discover.value_model.describer import Describer
from discover.value_model.encoder import Columns, squared_distances
from discover.value_model.features import FAMILIES
from discover.value_model.gp import Kernel
from discover.value_model.relevance import Labels, Metric
from discover.value_model.tuning import STRAIGHT, Tuned, tune
from discover.value_model.warp import Scales, Warp

RNG = Random(1)
CHAINS = [[RNG.choice("abcd") for _ in range(7)] for _ in range(60)]
SAMPLES = [
    Sample(
        Candidate(
            "".join(codes),
            "",
            make("net", *(make("node", code=c, inputs=str(i)) for i, c in enumerate(codes))),
        )
    )
    for codes in CHAINS
]
WORTH = [sum((i + 1) * (code == "a") for i, code in enumerate(codes)) for codes in CHAINS]


def metric_of(describe: Describer, families: tuple[str, ...]) -> tuple[Metric, dict[str, Columns]]:
    described = describe(SAMPLES, families)
    columns = {n: Columns.learn(FAMILIES[n].kind, rows) for n, rows in described.items()}
    rows = {name: column.encode(described[name]) for name, column in columns.items()}
    return Metric(columns, rows, Labels.of(describe, columns)), columns


def tuned(scores: np.ndarray) -> tuple[Tuned, dict[str, float]]:
    """And the weight of each label."""
    describe = Describer()
    metric, columns = metric_of(describe, ("positions", "shape", "profile"))
    found = tune(metric, Scales.of(scores), Kernel.prior([1.0] * 3))
    names = describe.names("profile")
    labels = [FAMILIES["profile"].label(str(names[n])) for n in columns["profile"].numbers]  # type: ignore[misc]
    numbers = metric.labels.spoken["profile"].tolist()
    return found, {label: float(found.weights[i]) for label, i in zip(labels, numbers, strict=True)}


def test_a_label_that_alone_makes_a_difference_outweighs_the_others() -> None:
    _, weights = tuned(np.array(WORTH, float))
    assert weights["a"] > 0.3 + max(weights[other] for other in "bcd")


def test_labels_do_not_spell_out_scores_that_say_nothing() -> None:
    """Held back, such scores cannot be told, and labels gain little weight from them."""
    found, taus = [], []
    for seed in range(4):
        scores = np.random.default_rng(seed).normal(size=60)
        _, weights = tuned(scores)
        found += [abs(weights[label]) for label in "abcd"]
        model = ValueModel(families=("positions", "shape", "profile"))
        model.fit(SAMPLES, scores.tolist())
        taus.append(model.report.tau if model.report else 0.0)
    assert np.mean(found) < 0.25 and np.mean(taus) < 0.15


def test_only_what_several_families_speak_of_has_a_weight() -> None:
    metric, _ = metric_of(Describer(), ("positions", "shape", "profile"))
    assert metric.labels.count == len({"a", "b", "c", "d", "net"})
    metric, _ = metric_of(Describer(), ("positions", "walks"))
    assert metric.labels.count == 0


def test_weights_in_the_columns_are_the_weights_of_the_metric() -> None:
    describe = Describer()
    metric, _ = metric_of(describe, ("positions", "shape", "walks"))
    weights = torch.linspace(-1, 1, metric.labels.count)
    columns = metric.weigh(weights)
    described = describe(SAMPLES, columns)
    for name, apart in zip(columns, metric(weights), strict=True):
        rows = columns[name].encode(described[name])
        expected = squared_distances(rows, rows) / columns[name].unit
        np.testing.assert_allclose(apart.numpy(), expected, atol=1e-4)


def test_the_scale_of_scores_is_learnt() -> None:
    """Where features add up to the score, its own steps count; where to its log, its ranks do."""
    worth = np.array(WORTH) + np.random.default_rng(0).normal(size=60)
    plain, _ = tuned(worth)
    crowded, _ = tuned(-np.exp(-worth / 3))
    assert plain.straight > 2 * crowded.straight


@pytest.mark.parametrize("seed", range(3))
def test_scores_in_two_clumps_are_put_on_ranks_whatever_they_depend_on(seed: int) -> None:
    """No feature tells these scores: only the density that the change of scale adds speaks."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.normal(0, 0.05, 30), rng.normal(3, 0.05, 30)])
    found, _ = tuned(scores)
    assert found.straight < 0.5 / (1 + np.exp(-STRAIGHT[0]))


@pytest.mark.parametrize("straight", [0.0, 0.4, 1.0])
def test_a_warp_leads_there_and_back(straight: float) -> None:
    scores = np.random.default_rng(0).exponential(size=50)
    warp = Warp.learn(scores, straight)
    there = warp.forward(scores)
    assert (np.argsort(there) == np.argsort(scores)).all()
    np.testing.assert_allclose(warp.back(there), scores)
    assert there.std() == pytest.approx(Warp.learn(scores).forward(scores).std())


def test_equal_steps_in_score_are_equal_steps_on_the_straight_scale() -> None:
    scores = np.array([0.0, 1, 2, 2.9, 3, 3.1, 4, 5, 6])
    steps = np.diff(Warp.learn(scores, 1.0).forward(scores))
    ranks = np.diff(Warp.learn(scores).forward(scores))
    assert steps[3] < 0.2 * steps[2] and ranks[3] > 0.5 * ranks[2]


@pytest.mark.parametrize("scores", [[0.0] * 9 + [1.0], [-1e308, 0.0, 1e308], [1.0, 1e-300, 0, 0]])
def test_odd_scores_have_scales(scores: list[float]) -> None:
    found = Scales.of(scores)
    assert all(np.isfinite(x).all() for x in (found.ranks, found.straight, found.steps))
    assert np.isfinite(found.likeness)
    assert (np.diff(Warp.learn(scores, 0.5).quantiles) > 0).all()

"""The benchmark's splits, baselines and figures, on a made-up table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from discover.space import Candidate, make
from discover.value_model import Sample, bench
from discover.value_model.baselines import REGRESSORS, OneHot
from discover.value_model.bench import (
    SPLITS,
    Bench,
    Problem,
    Trial,
    ablations,
    gain,
    top_recall,
    top_regret,
)
from discover.value_model.bench_report import markdown
from discover.value_model.describer import Describer
from discover.value_model.encoder import Rows

GENOMES = list(product("abc", repeat=5))
WORTH = {"a": 0.0, "b": 1.0, "c": 2.0}


def sample(row: int) -> Sample:
    slots = [make("slot", name=str(i), code=code) for i, code in enumerate(GENOMES[row])]
    return Sample(Candidate(str(row), "", make("architecture", *slots)))


def neighbours(row: int, rng: np.random.Generator) -> list[int]:
    mine = GENOMES[row]
    return [
        other
        for other, genome in enumerate(GENOMES)
        if sum(a != b for a, b in zip(mine, genome, strict=True)) == 1
    ]


SCORES = np.array([sum((i + 1) * WORTH[c] for i, c in enumerate(g)) for g in GENOMES])
PROBLEM = Problem(
    "made-up", SCORES, sample, neighbours, np.array(["".join(sorted(g)) for g in GENOMES])
)


def test_groups_are_never_cut() -> None:
    split = SPLITS["groups"](PROBLEM, 40, np.random.default_rng(0))
    assert PROBLEM.groups is not None and len(split.train) == 40
    assert not set(PROBLEM.groups[split.train]) & set(PROBLEM.groups[split.test])


def test_near_the_best_asks_about_unknown_neighbours_of_good_rows() -> None:
    split = SPLITS["near-best"](PROBLEM, 50, np.random.default_rng(0))
    assert split.parents is not None
    assert not set(split.train) & set(split.test)
    good = np.sort(SCORES[split.train])[-5:].min()
    for row, parent in zip(split.test, split.parents, strict=True):
        assert row in neighbours(parent, np.random.default_rng(0)) and SCORES[parent] >= good


@pytest.mark.parametrize("name", SPLITS)
def test_failed_rows_are_in_no_split(name: str) -> None:
    scores = SCORES.copy()
    scores[::3] = np.nan
    split = SPLITS[name](replace(PROBLEM, scores=scores), 30, np.random.default_rng(0))
    assert np.isfinite(scores[split.train]).all() and np.isfinite(scores[split.test]).all()


@pytest.mark.parametrize("name", REGRESSORS)
def test_baselines_learn_the_made_up_table(name: str) -> None:
    if name.startswith("lightgbm"):
        pytest.importorskip("lightgbm")
    split = SPLITS["random"](PROBLEM, 100, np.random.default_rng(0))
    train, test = ([sample(int(r)) for r in rows] for rows in (split.train, split.test))
    means = OneHot(REGRESSORS[name], Describer())(train, SCORES[split.train], test)
    assert np.corrcoef(means, SCORES[split.test])[0, 1] > 0.7


def test_figures_of_a_perfect_and_of_a_reversed_ranking() -> None:
    truth = np.arange(100.0)
    assert top_recall(truth, truth) == 1 and top_recall(-truth, truth) == 0
    assert top_regret(truth, truth) == 0 and top_regret(-truth, truth) > 1.5


def trial(method: str, seed: int, tau: float) -> Trial:
    return Trial("t", "random", method, 50, seed, tau, 0, 0, 0, None, None, 0)


def test_the_gain_is_paired_by_seed() -> None:
    ours = [trial("value", seed, seed + 0.2) for seed in range(10)]
    theirs = [trial("lightgbm", seed, seed + 0.01 * (seed % 2)) for seed in range(12)]
    found = gain([*ours, *theirs])
    assert found is not None and found.seeds == 10
    assert found.difference == pytest.approx(0.195)
    assert 0.19 < found.low < found.difference < found.high < 0.2
    assert gain(ours) is None


def test_a_whole_run_ranks_the_model_above_chance_and_prints_it() -> None:
    models = {"value": ("positions", "walks"), **ablations(("positions", "walks"))}
    plan = Bench([40], range(2), ["random", "near-best"], ["ridge"], models)
    trials = list(plan.run(PROBLEM))
    ours = [t for t in trials if t.method == "value"]
    assert len(ours) == 4 and all(t.tau > 0.5 and t.coverage is not None for t in ours)
    assert {t.method for t in trials if t.split == "near-best"} >= {"parent's score", "ridge"}
    text = markdown(trials)
    assert "| made-up | random | 40 | 2 |" in text and "| walks |" in text


def test_every_trial_works_out_the_features_of_its_rows_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described: list[list[str]] = []

    class Watched(Describer):
        def __init__(self, *families: Sequence[str]) -> None:
            super().__init__(*families)
            described.append([])
            self.mine = described[-1]

        def __call__(
            self, samples: Sequence[Sample], families: Iterable[str] | None = None
        ) -> dict[str, Rows]:
            self.mine += [sample.candidate.id for sample in samples]
            return super().__call__(samples, families)

    monkeypatch.setattr(bench, "Describer", Watched)
    plan = Bench([40], range(2), ["random"], ["ridge"], {"value": ("positions",)})
    trials = list(plan.run(PROBLEM))
    assert len(trials) == 4 == len(described)
    assert all(len(set(rows)) == len(GENOMES) for rows in described)


def test_a_table_without_groups_has_no_split_by_them() -> None:
    plan = Bench([20], [0], ["groups"], ["ridge"])
    assert list(plan.run(replace(PROBLEM, groups=None))) == []

"""Predictions on linear attention, split by lineage: `python benchmarks/value_lineage.py`.

For each family of siblings (children of one first parent) the predictors learn from
everything but that family and its descendants, and are asked about the family. Prints
Kendall's tau over all that were asked about, with a bootstrap interval over families.
The data set is real quick-tier runs; make another with `discover value train --out`.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import kendalltau

from discover.value_model import Sample, ValueModel
from discover.value_model.baselines import REGRESSORS, OneHot
from discover.value_model.dataset import Dataset
from discover.value_model.describer import Describer
from discover.value_model.features import FAMILIES

DATA = Path(__file__).with_name("linear_attention_quick.gz")
RESAMPLES = 2000

Predict = Callable[[Sequence[Sample], np.ndarray, Sequence[Sample]], np.ndarray]


def families(samples: Sequence[Sample]) -> dict[str, list[int]]:
    """Positions of those with a known parent's score, by their first parent."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for i, sample in enumerate(samples):
        if sample.parent_score is not None:
            found[sample.candidate.parents[0]].append(i)
    return dict(found)


def descendants(samples: Sequence[Sample], of: Sequence[int]) -> set[int]:
    """`of` and all that was made from them, in any number of steps."""
    below, grown = {samples[i].candidate.id for i in of}, True
    while grown:
        more = {s.candidate.id for s in samples if below.intersection(s.candidate.parents)}
        grown = not more <= below
        below |= more
    return {i for i, sample in enumerate(samples) if sample.candidate.id in below}


def predictors() -> Mapping[str, Predict]:
    describer = Describer()
    without_free = tuple(name for name in FAMILIES if name != "free")
    return {
        "value model": _model(tuple(FAMILIES)),
        "value model, no gate figures": _model(without_free),
        **{name: OneHot(REGRESSORS[name], describer) for name in ("lightgbm", "lightgbm-ranks")},
        "parent's score": lambda train, scores, test: np.array([s.parent_score for s in test]),
    }


def _model(names: Sequence[str]) -> Predict:
    def predict(train: Sequence[Sample], scores: np.ndarray, test: Sequence[Sample]) -> np.ndarray:
        model = ValueModel(families=names)
        model.fit(train, scores.tolist())
        return np.array([prediction.mean for prediction in model.predict(test)])

    return predict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=DATA)
    data = Dataset.load(parser.parse_args().data)
    scores = np.array(data.scores)
    groups = families(data.samples)
    asked = [i for group in groups.values() for i in group]
    print(f"{len(scores)} results, {len(asked)} asked about, in {len(groups)} families")
    rng = np.random.default_rng(0)
    draws = [rng.integers(len(groups), size=len(groups)) for _ in range(RESAMPLES)]
    for name, predict in predictors().items():
        guesses = []
        for group in groups.values():
            out = descendants(data.samples, group)
            known = [i for i in range(len(scores)) if i not in out]
            train = [data.samples[i] for i in known]
            guesses.append(predict(train, scores[known], [data.samples[i] for i in group]))
        truths = [scores[group] for group in groups.values()]
        taus = [_tau([guesses[i] for i in d], [truths[i] for i in d]) for d in draws]
        low, high = np.nanquantile(taus, [0.025, 0.975])
        print(f"{name:30} tau {_tau(guesses, truths):+.3f}  95 % [{low:+.3f}, {high:+.3f}]")


def _tau(guesses: Sequence[np.ndarray], truths: Sequence[np.ndarray]) -> float:
    return float(kendalltau(np.concatenate(guesses), np.concatenate(truths)).statistic)


if __name__ == "__main__":
    main()

"""The value model on workflows it has not seen: rank correlation after 30, 100 and 200 labels.

    python -m discover.benchmarks.workflow_value labels.gz --collect 300
    python -m discover.benchmarks.workflow_value labels.gz

The first collects labels, without a language model: accuracies at the tier `quick` of workflows
of which one half are samples of the grammar, and the other edits of the best of three drawn from
those before. The second splits them by chance, again and again: of those not learnt from, all are
asked about. Prints the mean of Spearman's rho over the splits with its 95 % t interval, beside
boosted trees on one-hot features and the parent's own score.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
from scipy.stats import spearmanr, t

from discover.evaluators.evaluate import evaluate
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.sandbox import Sandbox
from discover.space import Candidate, Level, Status
from discover.space.workflow import space
from discover.value_model import Sample, ValueModel
from discover.value_model.baselines import REGRESSORS, OneHot
from discover.value_model.dataset import Dataset
from discover.value_model.describer import Describer

SIZES = (30, 100, 200)
LEAST_ASKED = 50
DOMAIN, TIER = "agent-workflow", "quick"

Label = tuple[Sample, float]


def collect(count: int) -> Dataset:
    """`count` different workflows with what they scored."""
    domain = AgentWorkflow()
    with Sandbox(preload=domain.preload) as box:
        found = list(islice(_labels(domain, box), count))
    samples, scores = zip(*found, strict=True)
    return Dataset(samples, scores)


def _labels(domain: AgentWorkflow, box: Sandbox) -> Iterator[Label]:
    rng, known, limits = Random(0), list[Label](), domain.tiers[0].limits
    seen: set[str] = set()
    while True:
        sample = _sample(domain, known, rng)
        if sample.candidate.id in seen:
            continue
        seen.add(sample.candidate.id)
        run = evaluate(domain, sample.candidate, TIER, 0, box.session(limits))
        if run.status is Status.OK:
            known.append((sample, run.metrics["accuracy"]))
            yield known[-1]


def _sample(domain: AgentWorkflow, known: Sequence[Label], rng: Random) -> Sample:
    """A sample of the grammar, or an edit at any level of the best of three."""
    grammar = space(models=False)
    if known and rng.random() < 0.5:
        parent, score = max((rng.choice(known) for _ in range(3)), key=lambda label: label[1])
        assert parent.candidate.blueprint is not None
        level = rng.choice(list(Level))
        edits = list(grammar.edits(parent.candidate.blueprint, level, rng))
        if edits:
            blueprint = grammar.apply(parent.candidate.blueprint, rng.choice(edits))
            candidate = Candidate.from_source(
                grammar.render(blueprint),
                blueprint=blueprint,
                parents=(parent.candidate.id,),
                level=level,
                operator="mutate",
            )
            return Sample(candidate, DOMAIN, TIER, parent_score=score)
    blueprint = grammar.sample(rng)
    candidate = Candidate.from_source(grammar.render(blueprint), blueprint=blueprint)
    return Sample(candidate, DOMAIN, TIER)


def value_model(train: Sequence[Sample], scores: np.ndarray, asked: Sequence[Sample]) -> np.ndarray:
    model = ValueModel()
    model.fit(train, scores.tolist())
    return np.array([prediction.mean for prediction in model.predict(asked)])


def parents(train: Sequence[Sample], scores: np.ndarray, asked: Sequence[Sample]) -> np.ndarray:
    """The parent's score, or the mean of all where there is none."""
    return np.array([scores.mean() if s.parent_score is None else s.parent_score for s in asked])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--collect", type=int, default=0, metavar="N")
    options = parser.parse_args()
    if options.collect:
        collect(options.collect).save(options.data)
        return
    data = Dataset.load(options.data).merged()
    scores = np.array(data.scores)
    print(f"{len(scores)} workflows, scores {scores.min():.3f} to {scores.max():.3f}")
    boosted = OneHot(REGRESSORS["lightgbm-ranks"], Describer())
    methods = {"value model": value_model, "lightgbm-ranks": boosted, "parent's score": parents}
    for size in SIZES:
        if len(scores) < size + LEAST_ASKED:
            print(f"{size}: too few, {size + LEAST_ASKED} are needed")
            continue
        for name, predict in methods.items():
            rhos = [_rho(predict, data, scores, size, split) for split in range(options.splits)]
            mean = float(np.mean(rhos))
            margin = t.ppf(0.975, len(rhos) - 1) * np.std(rhos, ddof=1) / np.sqrt(len(rhos))
            print(f"{size:4} labels  {name:15} rho {mean:.3f} +- {margin:.3f}")


def _rho(predict: object, data: Dataset, scores: np.ndarray, size: int, split: int) -> float:
    order = np.random.default_rng(split).permutation(len(scores))
    train, asked = order[:size], order[size:]
    assert callable(predict)
    guessed = predict(
        [data.samples[i] for i in train], scores[train], [data.samples[i] for i in asked]
    )
    found = float(spearmanr(guessed, scores[asked]).statistic)
    return found if np.isfinite(found) else 0.0


if __name__ == "__main__":
    main()

"""Successive halving and the curve stopper: by hand, and on tables where there are any."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from discover.evaluators.tabular import TableMissing, TabularDomain
from discover.search.curves import CurveStopper, extrapolate
from discover.search.halving import Promotion, SuccessiveHalving

SPECS = Path(__file__).parents[2] / "examples" / "tables"


def load(name):
    try:
        return TabularDomain.load(SPECS / f"{name}.yaml")
    except TableMissing as missing:
        pytest.skip(str(missing))


def test_the_best_third_goes_on_once():
    halving = SuccessiveHalving(rungs=2, factor=3)
    assert halving.next() is None
    for name, score in zip("abcdef", [1, 5, 2, 4, 3, 0], strict=True):
        halving.tell(name, 0, score)
    assert [halving.next() for _ in range(3)] == [Promotion("b", 1), Promotion("d", 1), None]


def test_failures_never_go_on_but_make_room():
    halving = SuccessiveHalving(rungs=2, factor=2)
    halving.tell("a", 0, None)
    halving.tell("b", 0, None)
    halving.tell("c", 0, -7.0)
    assert halving.next() == Promotion("c", 1)
    halving.tell("d", 0, None)
    assert halving.next() is None


def test_the_dearest_rung_comes_first_and_ends_there():
    halving = SuccessiveHalving(rungs=3, factor=2)
    for name, score in zip("abcd", range(4), strict=True):
        halving.tell(name, 0, score)
    first, second = halving.next(), halving.next()
    halving.tell(first.candidate, 1, 1.0)
    halving.tell(second.candidate, 1, 2.0)
    assert halving.next() == Promotion(second.candidate, 2)
    halving.tell(second.candidate, 2, 5.0)
    assert halving.next() is None


def test_a_result_told_twice_counts_once():
    halving = SuccessiveHalving(rungs=2, factor=2)
    halving.tell("a", 0, 1.0)
    halving.tell("a", 0, 9.0)
    assert halving.next() is None


@pytest.mark.parametrize(("rungs", "factor"), [(0, 3.0), (2, 1.0)])
def test_senseless_settings_are_refused(rungs, factor):
    with pytest.raises(ValueError, match="expected rungs >= 1 and factor > 1"):
        SuccessiveHalving(rungs, factor)


def epochs_to_regret(table, target, order, halving):
    """Epochs spent until a full run is within `target` of the best, normalised."""
    cheap, full = table.fidelities.values()
    low, high = table.fidelities
    best, median = np.nanmax(full), np.nanmedian(full)
    spent, order = 0, iter(order)
    while True:
        step = halving.next() if halving else Promotion(next(order), 1)
        if step is None:
            row = next(order)
            spent += low
            halving.tell(row, 0, cheap[row])
            continue
        spent += high
        if halving:
            halving.tell(step.candidate, 1, full[step.candidate])
        if (best - full[step.candidate]) / (best - median) <= target:
            return spent


def test_halving_on_12_of_200_epochs_saves_most_of_the_epochs():
    table = load("nasbench201-cifar100").table
    spent = {"halving": [], "full": []}
    for seed in range(20):
        order = Random(seed).sample(range(len(table)), len(table))
        spent["full"].append(epochs_to_regret(table, 0.15, order, None))
        spent["halving"].append(epochs_to_regret(table, 0.15, order, SuccessiveHalving(2, 8)))
    assert np.mean(spent["halving"]) < 0.5 * np.mean(spent["full"])


def test_extrapolation_finds_a_power_law():
    steps = np.arange(1, 9)
    end = extrapolate(steps, 3.0 - 2.0 * steps**-0.7, 100)
    assert end.mean == pytest.approx(3.0 - 2.0 * 100**-0.7, abs=0.03)
    assert extrapolate([1, 2], [0.0, 1.0], 10) is None


def test_the_stopper_lets_the_promising_and_the_young_live():
    stopper = CurveStopper(final=50, grace=4)
    poor = [0.1, 0.101, 0.102, 0.1021]
    assert stopper.should_stop([1, 2, 3, 4], poor, best=0.9)
    assert not stopper.should_stop([1, 2, 3], poor[:3], best=0.9)
    assert not stopper.should_stop([1, 2, 3, 4], poor, best=None)
    assert not stopper.should_stop([1, 2, 3, 4], [0.1, 0.5, 0.7, 0.8], best=0.85)


def epochs_run(stopper, epochs, curve, best):
    """How many epochs a run goes on for under the stopper."""
    for count, epoch in enumerate(epochs, start=1):
        if stopper.should_stop(epochs[:count], curve[:count], best):
            return epoch
    return epochs[-1]


def test_stopping_on_language_model_curves_saves_epochs_and_keeps_the_best():
    table = load("nasbench-nlp").table
    epochs = list(table.fidelities)
    curves = -np.stack(list(table.fidelities.values()), axis=1)
    curves = curves[np.isfinite(curves).all(axis=1)]
    stopper = CurveStopper(final=50, grace=10)
    spent, regrets = 0, []
    for seed in range(5):
        order = Random(seed).sample(range(len(curves)), 60)
        best = None
        for row in order:
            run = epochs_run(stopper, epochs, curves[row], best)
            spent += run
            if run == 50:
                best = max(curves[row][-1], best if best is not None else -np.inf)
        true = max(curves[row][-1] for row in order)
        regrets.append((true - best) / (true - np.median(curves[:, -1])))
    assert spent < 0.6 * 5 * 60 * 50
    assert np.mean(regrets) < 0.1

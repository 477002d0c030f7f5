"""Fronts, hypervolume and the constrained objective, against brute force and by hand."""

from itertools import product
from math import prod
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.evaluators.tradeoff import constrained
from discover.search.report.pareto import front, hypervolume


def dominates(a, b):
    return a != b and all(x >= y for x, y in zip(a, b, strict=True))


points = st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=20)


@given(points)
def test_the_front_is_what_nothing_dominates(found):
    kept = [found[i] for i in front(found)]
    assert set(kept) == {p for p in found if not any(dominates(q, p) for q in found)}
    assert len(kept) == len(set(kept))


@given(points)
def test_hypervolume_counts_the_unit_cubes_below(found):
    cubes = {
        (x, y, z) for p in found for x in range(p[0]) for y in range(p[1]) for z in range(p[2])
    }
    assert hypervolume([tuple(map(float, p)) for p in found], (0.0, 0.0, 0.0)) == len(cubes)


@pytest.mark.parametrize("objectives", [4, 6])
def test_with_many_objectives_the_volume_is_near_that_of_the_cubes_below(objectives):
    rng = Random(objectives)
    found = [tuple(rng.randrange(1, 5) for _ in range(objectives)) for _ in range(30)]
    cubes = {cube for p in found for cube in product(*map(range, p))}
    high = [max(column) for column in zip(*found, strict=True)]
    volume = hypervolume([tuple(map(float, p)) for p in found], (0.0,) * objectives)
    assert volume == pytest.approx(len(cubes), abs=0.01 * prod(high))
    assert volume == hypervolume([tuple(map(float, p)) for p in found], (0.0,) * objectives)


def test_what_does_not_pass_the_reference_counts_nothing():
    assert hypervolume([(5.0, -1.0)], (0.0, 0.0)) == 0.0
    assert hypervolume([], (0.0, 0.0)) == 0.0


def test_a_better_point_adds_volume():
    rng = Random(0)
    found = [(rng.random(), rng.random()) for _ in range(50)]
    assert hypervolume([*found, (1.0, 1.0)], (0.0, 0.0)) == 1.0 > hypervolume(found, (0.0, 0.0))


def test_mnasnet_soft_and_hard():
    assert constrained(0.76, 80.0, 80.0) == pytest.approx(0.76)
    assert constrained(1.0, 160.0, 80.0) == pytest.approx(2**-0.07)
    assert constrained(1.0, 40.0, 80.0) == pytest.approx(2**0.07)
    assert constrained(0.9, 40.0, 80.0, hard=True) == 0.9
    assert constrained(0.9, 160.0, 80.0, hard=True) == pytest.approx(0.45)


@pytest.mark.parametrize(
    "bad",
    [(-0.1, 1, 1), (1, 0, 1), (1, 1, -2), (1, 1, float("inf")), (1, 1e-20, 1e308), (1, 9, 1e-320)],
)
def test_the_formula_needs_positive_figures(bad):
    with pytest.raises(ValueError, match="expected a score of 0 or more"):
        constrained(*bad)

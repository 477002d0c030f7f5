"""How long runs take, and how far a budget goes."""

import pytest

from discover.evaluators.domain import Tier
from discover.sandbox import Limits
from discover.search.limits.budget import Budget, Unit
from discover.search.limits.forecast import affordable, evaluations_left
from discover.search.limits.run_times import KEPT, RunTimes

SMOKE, QUICK = Tier("smoke", Limits(), 10, ranks=False), Tier("quick", Limits(), 30)
STANDARD = Tier("standard", Limits(), 300)


def test_the_tightest_limit_forecasts():
    budget = Budget.parse("10m,100evals,$5")
    spent = {Unit.WALL: 120.0, Unit.EVALUATIONS: 20.0, Unit.MONEY: 4.0}
    assert evaluations_left(budget, spent, 20) == pytest.approx(5), "money: 0.20 each, 1 left"
    assert evaluations_left(Budget.parse("10m"), spent, 20) == pytest.approx(80)


def test_nothing_is_forecast_where_nothing_is_known():
    assert evaluations_left(Budget.parse("10m"), {Unit.WALL: 5.0}, 0) is None
    assert evaluations_left(Budget.parse("$5"), {Unit.WALL: 5.0}, 3) is None


def test_what_a_budget_affords_before_it_begins():
    assert affordable(Budget.parse("10m").limits, 40, 2) == 30
    assert affordable(Budget.parse("10m,7evals").limits, 40, 2) == 7
    assert affordable(Budget.parse("0.1cpuh").limits, 40, 2) == 9
    assert affordable(Budget.parse("30s").limits, 40, 8) == 0, "none ends in time, on any slot"
    assert affordable(Budget.parse("57s").limits, 30, 8) == 8, "one a slot"


def test_a_candidate_may_take_several_evaluations_and_references_come_first():
    assert affordable(Budget.parse("21evals").limits, 40, 2, each=2, first=5) == 8
    assert affordable(Budget.parse("3evals").limits, 40, 2, each=2, first=5) == 0


def test_before_any_run_a_pace_is_what_the_domain_expects():
    pace = RunTimes(QUICK)
    assert pace.dearness == 1
    assert pace.expected(QUICK) == 30 and pace.expected_together([SMOKE, QUICK]) == 40


def test_a_busy_machine_makes_every_tier_dearer_until_it_is_measured_itself():
    pace = RunTimes(QUICK)
    for seconds in (80.0, 90.0, 100.0):
        pace.note("quick", seconds)
    assert pace.dearness == 3 and pace.expected(STANDARD) == 900
    pace.note("standard", 450.0)
    assert pace.expected(STANDARD) == 450


def test_a_pace_forgets_what_is_long_ago():
    pace = RunTimes(QUICK)
    for seconds in [300.0] * KEPT + [30.0] * KEPT:
        pace.note("quick", seconds)
    assert pace.dearness == 1

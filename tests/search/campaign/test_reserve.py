"""What one run may take of a budget, and what a search leaves of it to comparisons."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from discover.evaluators.registry import load_domain
from discover.evaluators.sampling import Bounds
from discover.memory.evaluations import Purpose, Run
from discover.sandbox import Limits
from discover.search.campaign.reserve import Kept, Need, Reserve
from discover.search.limits.budget import Budget, Unit
from discover.search.limits.run_times import RunTimes
from discover.search.limits.stop import Progress
from discover.search.setup.settings import Settings
from discover.search.tiers.allotment import allotted
from discover.search.tiers.run_conditions import Conditions
from discover.search.tiers.scoreboard import Scoreboard

SPEC = str(Path(__file__).parents[1] / "domains" / "sampled.py")
LONG = Limits(wall_s=1200, cpu_s=240)
TEN_MINUTES = Settings(SPEC, Budget.parse("10m"))


@pytest.mark.parametrize(
    ("tier", "purpose", "bar", "bounds"),
    [
        ("quick", Purpose.SEARCH, None, Bounds(30, 24)),
        ("quick", Purpose.REFERENCE, None, Bounds(30, 24)),
        ("quick", Purpose.VERIFY, None, Bounds(60, 1)),
        ("standard", Purpose.SEARCH, None, Bounds(60, 1)),
        ("standard", Purpose.SEARCH, 0.4, Bounds(60, 1)),
        ("standard", Purpose.REFERENCE, 0.4, Bounds(60, 1, 0.4)),
        ("standard", Purpose.VERIFY, None, Bounds(60, 1)),
    ],
)
def test_what_is_compared_may_take_twice_what_a_run_of_the_search_may(tier, purpose, bar, bounds):
    domain = copy(load_domain(SPEC))
    domain.tiers = tuple(replace(known, limits=LONG) for known in domain.tiers)
    board = Scoreboard(domain.objectives[0], domain.tiers)
    conditions = Conditions(TEN_MINUTES, domain, board, 2)
    assert conditions.bounds(Run("c", "id", tier, 0, purpose), bar) == bounds


def test_no_run_takes_more_than_four_fifths_of_what_its_tier_allows():
    tier = load_domain(SPEC).tiers[1]
    assert allotted(TEN_MINUTES, 2, tier, compared=True).seconds == 40
    endless = replace(TEN_MINUTES, budget=Budget.parse("50evals"))
    assert allotted(endless, 2, replace(tier, limits=LONG), compared=False).seconds == 960


@pytest.fixture
def reserve():
    def make(budget="10m", quick_s=1.0, known=(), shipped=()):
        domain = load_domain(SPEC)
        board = Scoreboard(domain.objectives[0], domain.tiers)
        for name in known:
            board.add(domain.references[name].id, "quick", 0, 0.1)
        for name in shipped:
            board.add(domain.references[name].id, "standard", 0, 0.1)
        times = RunTimes(domain.tiers[0])
        times.note("quick", quick_s)
        times.note("standard", 4 * quick_s)
        settings = replace(TEN_MINUTES, budget=Budget.parse(budget))
        return Reserve(settings, domain, board, times, 2)

    return make


def test_a_search_leaves_the_time_that_references_are_expected_to_take(reserve):
    known = list(load_domain(SPEC).references)
    fast = reserve(known=known).after_search()
    assert fast.seconds == 300 + (4 + 3) * 4, "a quarter to verify, and seven runs at standard"
    dear = reserve(known=known[:1]).after_search()
    assert dear.seconds == 300 + (1 + 3) * 4 + 3 * 40, "40 s is all that standard allows"
    assert reserve(known=(), quick_s=99.0).after_search().seconds == 600, "a quarter at most"


def test_no_time_is_kept_for_what_ships(reserve):
    need = reserve(
        "200evals", known=["cheap"], shipped=["slow", "slower", "slowest"]
    ).after_search()
    assert need.evaluations == 50 + 1 + 3
    timed = reserve(known=["cheap"], shipped=["slow", "slower", "slowest"]).after_search()
    assert timed.seconds == 300 + (1 + 3) * 4


def test_validation_leaves_what_verification_will_use(reserve):
    assert reserve().after_validation().seconds == 1.25 * 20 * 4
    assert reserve(quick_s=20.0).after_validation().seconds == 300


def test_evaluations_are_kept_where_these_are_counted(reserve):
    need = reserve("40evals").after_search()
    assert need.evaluations == 10 + 4 + 3 and need.seconds < 0
    assert reserve("40evals").tier.name == "standard"
    assert reserve("27evals").tier is None, "seven are more than a quarter"


def test_a_search_stops_when_no_more_is_left_than_is_needed():
    kept = Kept(Budget.parse("10m,50evals"), 2, lambda: Need(400, 20))

    def stopped(wall_s, evaluations):
        spent = {Unit.WALL: wall_s, Unit.EVALUATIONS: evaluations}
        return kept(Progress(spent, evaluations, None, 0)) is not None

    assert not stopped(399, 29)
    assert stopped(400, 29) and stopped(399, 30)

"""What a campaign covered: kinds, and trade-offs between objectives."""

import pytest

from discover.evaluators.domain import Objective
from discover.search.report.coverage import coverage, trade_off

SCORE, COST = Objective("score"), Objective("cost", "min")
FOUND = {
    "good": {"score": 3.0, "cost": 9.0, "size": 1.0},
    "cheap": {"score": 1.0, "cost": 1.0, "size": 1.0},
    "beaten": {"score": 1.0, "cost": 2.0, "size": 8.0},
    "half measured": {"score": 9.0},
}


def test_the_front_holds_what_nobody_beats_in_everything():
    found = trade_off(FOUND, (SCORE, COST))
    assert found.objectives == ("score", "cost")
    assert found.points == {"good": (3.0, 9.0), "cheap": (1.0, 1.0)}
    # Scaled, good is (1, 0) and cheap (0, 1): they dominate nothing of the box between.
    assert found.hypervolume == 0.0
    middle = FOUND | {"middle": {"score": 2.0, "cost": 5.0}}
    assert trade_off(middle, (SCORE, COST)).hypervolume == pytest.approx(0.25)


def test_one_objective_is_no_trade_off():
    assert trade_off(FOUND, (SCORE,)) is None
    assert trade_off({"half measured": {"score": 9.0}}, (SCORE, COST)) is None


def test_kinds_are_told_apart_by_the_descriptors():
    found = coverage(FOUND, ("size",), SCORE)
    assert (found.descriptors, found.kinds) == (("size",), 2)
    assert found.qd_score == pytest.approx(2.0), "good is 2 above the worst, beaten is the worst"
    assert coverage(FOUND, ("unknown",), SCORE) is None


def test_a_score_to_be_minimised_counts_turned():
    assert coverage(FOUND, ("size",), COST).qd_score == pytest.approx(8.0 + 7.0)

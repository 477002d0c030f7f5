"""Which way an objective goes."""

import pytest

from discover.evaluators.domain import Objective
from discover.space import Direction


def test_a_direction_is_its_word_and_knows_its_sign():
    assert Direction("min") == "min" and Direction.MAX == "max"
    assert [d.sign for d in Direction] == [1, -1]
    assert [d.better for d in Direction] == ["higher", "lower"]


def test_an_objective_takes_the_word_too():
    assert Objective("loss", "min").sign == -1 == Objective("loss", Direction.MIN).sign
    assert Objective("score").sign == 1
    with pytest.raises(ValueError, match="'up' is not a valid Direction"):
        _ = Objective("score", "up").sign

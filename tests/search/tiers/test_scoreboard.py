"""The standings are medians over seeds, in the objective's direction."""

from discover.evaluators.domain import Objective, Tier
from discover.sandbox import Limits
from discover.search.tiers.scoreboard import Scoreboard

TIERS = (Tier("smoke", Limits(), 1, ranks=False), Tier("quick", Limits(), 5))


def board(direction="max"):
    return Scoreboard(Objective("score", direction), TIERS)


def test_a_standing_is_the_median_over_seeds_and_repeats_change_nothing():
    b = board()
    for seed, score in [(0, 1.0), (1, 5.0), (2, 2.0), (2, 2.0)]:
        b.add("a", "quick", seed, score)
    assert (b.standing("a", "quick").score, b.standing("a", "quick").seeds) == (2.0, 3)
    assert b.standing("a", "smoke") is None


def test_the_ranking_is_best_first_in_the_objective_s_direction():
    for direction, order in [("max", ["b", "a"]), ("min", ["a", "b"])]:
        b = board(direction)
        b.add("a", "quick", 0, 1.0)
        b.add("b", "quick", 0, 2.0)
        b.add("c", "smoke", 0, 9.0)
        assert [row.candidate_id for row in b.ranking("quick")] == order


def test_strategies_learn_from_the_cheapest_tier_that_ranks():
    assert board().ranking_tier.name == "quick"

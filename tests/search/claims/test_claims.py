"""A claim holds only where paired seeds say so, and the tier's noise allows it."""

from functools import partial
from random import Random

import pytest

from discover.evaluators.domain import Tier
from discover.sandbox import Limits
from discover.search.claims.comparison import compare, paired_items
from discover.search.claims.rivals import Rival
from discover.search.claims.verification import strength
from discover.search.limits.verification_plan import FIRST_SEED, plan_verification


def pairs(*differences):
    return [(seed, 0.5 + d, 0.5) for seed, d in enumerate(differences)]


def test_items_are_compared_as_pairs_and_a_few_that_agree_leave_doubt():
    pairs = [(seed, 0.5, 0.4) for seed in (1000, 1001, 1002)]

    def of(items, noise=0.5):
        return compare("a", "r", "quick", pairs, items=items, noise=noise, looks=1, rng=Random(0))

    many = of([1.0] * 30 + [-1.0] * 10 + [0.0] * 160)
    assert many.holds and many.items == 200, "seeds' noise is not counted on top of items'"
    assert many.sentence("a").endswith("3 paired seeds, 200 items")
    assert of([1.0] * 30 + [-1.0] * 25 + [0.0] * 145).low < 0 < many.low
    assert not of([1.0] * 4).holds and of([1.0] * 20).holds
    assert of([]).low < 0, "without items the noise of a seed counts"


def test_an_item_of_several_runs_counts_once():
    runs = [({"x": 1.0, "y": 0.0}, {"x": 0.0, "y": 0.0}), ({"x": 0.0, "z": 1.0}, {"x": 0.0})]
    assert paired_items(runs) == [0.5, 0.0]


def test_a_clear_gain_over_three_seeds_holds():
    result = compare("c", "gla", "quick", pairs(0.2, 0.25, 0.22), noise=0.045, rng=Random(0))
    assert result.holds
    assert result.low > 0.1
    assert result.difference == pytest.approx(0.2233, abs=1e-3)


def test_three_pairs_that_agree_do_not_outweigh_the_calibrated_noise():
    agreeing = pairs(0.05, 0.05, 0.05)
    assert compare("c", "gla", "quick", agreeing, noise=0.0, rng=Random(0)).holds
    assert not compare("c", "gla", "quick", agreeing, noise=0.045, rng=Random(0)).holds


def test_pairs_that_disagree_do_not_hold():
    assert not compare("c", "gla", "quick", pairs(0.3, -0.1, 0.2), rng=Random(0)).holds


def test_two_seeds_are_never_a_claim():
    assert not compare("c", "gla", "quick", pairs(0.5, 0.5), rng=Random(0)).holds


def test_every_further_look_widens_the_interval():
    one = compare("c", "gla", "quick", pairs(0.1, 0.2, 0.3), noise=0.05, rng=Random(0))
    ten = compare("c", "gla", "quick", pairs(0.1, 0.2, 0.3), noise=0.05, looks=10, rng=Random(0))
    assert ten.low < one.low < one.high < ten.high


def false_claims(seeds, deviation, **known):
    """The share of 400 comparisons that claim a lead where there is none."""
    rng, held = Random(1), 0
    for _ in range(400):
        noisy = [(s, rng.gauss(0, deviation), rng.gauss(0, 0.045)) for s in range(seeds)]
        held += compare("c", "r", "quick", noisy, rng=rng, **known).holds
    return held / 400


def test_a_true_null_is_claimed_about_as_often_as_the_level_says():
    assert false_claims(3, 0.045, noise=0.045) < 0.05


def test_a_candidate_that_is_noisier_than_the_references_is_not_claimed_more_often():
    assert false_claims(5, 0.1, noise=0.045) < 0.05


def test_where_the_noise_is_not_known_it_is_taken_from_the_pairs():
    """Three differences of one sign come once in eight times by chance alone: no claim."""
    assert false_claims(3, 0.045) < 0.05
    assert compare("c", "r", "quick", pairs(0.2, 0.25, 0.22), rng=Random(0)).holds
    result = compare("c", "r", "quick", pairs(0.1, 0.2, 0.3), rng=Random(0))
    assert result.high - 0.2 == pytest.approx(4.303 * 0.1 / 3**0.5, abs=1e-3)


def test_the_sentence_says_how_sure_the_interval_is():
    one, ten = (
        compare("c", "gla", "quick", pairs(0.1, 0.1, 0.1), looks=looks, rng=Random(0)).sentence("c")
        for looks in (1, 10)
    )
    assert one.endswith("ahead by +0.100 [+0.100, +0.100] (95%), 3 paired seeds")
    assert "] (95%, corrected for 10 comparisons), 3" in ten


SMOKE = Tier("smoke", Limits(), expected_s=10, ranks=False)
QUICK = Tier("quick", Limits(), expected_s=25)
STANDARD = Tier("standard", Limits(), expected_s=300)
TIERS = (SMOKE, QUICK, STANDARD)


def test_the_highest_tier_that_affords_three_paired_seeds_is_taken():
    assert plan_verification(TIERS, 3, 299, float("inf")).tier is QUICK
    assert plan_verification(TIERS, 3, 1801, float("inf")).tier is STANDARD


def test_nothing_is_planned_where_nothing_is_affordable():
    assert plan_verification(TIERS, 3, 149, float("inf")) is None
    assert plan_verification(TIERS, 3, float("inf"), 5) is None
    assert plan_verification(TIERS, 0, 1e6, 1e6) is None


def test_a_plan_stays_within_what_is_left():
    for seconds in range(150, 4000, 50):
        plan = plan_verification(TIERS, 5, seconds, 100)
        assert plan.runs * plan.tier.expected_s <= seconds
        assert len(plan.seeds) >= 3
        assert min(plan.seeds) == FIRST_SEED


def test_runs_that_are_dearer_here_than_expected_lower_the_plan():
    assert plan_verification(TIERS, 3, 299, float("inf"), cost=2.5) is None


def test_limits_without_end_are_planned_too():
    plan = plan_verification(TIERS, 3, float("inf"), float("inf"))
    assert plan.tier is STANDARD and plan.runs == 20


def test_more_finalists_only_where_all_get_their_five_seeds():
    def planned(evaluations):
        plan = plan_verification(TIERS, 3, float("inf"), evaluations)
        return plan.finalists, len(plan.seeds)

    found = {n: planned(n) for n in (6, 8, 10, 14, 15, 19, 20, 99)}
    assert found == {
        6: (1, 3), 8: (1, 4), 10: (1, 5), 14: (1, 5), 15: (2, 5), 19: (2, 5), 20: (3, 5), 99: (3, 5)
    }  # fmt: skip


def test_a_small_difference_does_not_read_as_none():
    pairs = [(seed, 1.0 + 0.0004, 1.0) for seed in range(3)]
    sentence = compare("c", "r", "quick", pairs, rng=Random(0)).sentence("c")
    assert "ahead by +0.00040 [+0.00040, +0.00040]" in sentence
    wide = compare("c", "r", "quick", [(0, 3.0, 1.0), (1, 1.5, 1.0)], rng=Random(0)).sentence("c")
    assert "ahead by +1.250 " in wide
    behind = compare("c", "r", "quick", [(0, 1.0, 1.5), (1, 1.0, 1.5)], rng=Random(0)).sentence("c")
    assert "is not shown to beat" in behind and "difference -0.500 [" in behind


def test_items_alone_say_how_far_ahead_it_is():
    pairs = [(seed, 0.9, 0.6) for seed in (1000, 1001, 1002)]
    found = compare("a", "r", "quick", pairs, items=[0.0] * 40, rng=Random(0))
    assert found.difference == 0 and found.high < 0.1, "the seeds' means are of other items"


def test_an_item_that_only_the_candidate_did_not_come_to_counts_as_not_answered():
    runs = [({"x": 1.0}, {"x": 0.0, "y": 1.0, "z": 0.0}), ({"p": 1.0, "q": 1.0}, {"p": 1.0})]
    assert paired_items(runs) == [0.0, 1.0, -1.0, 0.0]


def test_a_claim_is_against_the_reference_that_surely_scores_best():
    steady, lucky = Rival("a", True, 0.33, 0.31, 0.36, 384), Rival("b", False, 0.6, 0.24, 0.9, 8)
    ahead, unlucky = Rival("c", False, 0.7, 0.5, 0.9, 40), Rival("d", False, 0.0, 0.0, 0.5, 6)
    strongest = partial(max, key=partial(strength, 1))
    assert strongest([lucky, steady, unlucky]) is steady, "a mean of few items is luck"
    assert strongest([lucky, steady, ahead]) is ahead
    assert strongest([unlucky, Rival("e", False, 0.2, 0.0, 0.6, 5)]).name == "e"
    errors = [Rival("f", False, 0.2, 0.9, 0.1, 8), Rival("g", True, 0.4, 0.45, 0.35, 384)]
    assert max(errors, key=partial(strength, -1)).name == "g", "its worse end, where less is better"

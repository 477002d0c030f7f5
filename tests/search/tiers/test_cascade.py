"""Cheap tiers in front of the first that ranks: run while they pay, left out while they do not."""

from discover.evaluators.domain import Tier
from discover.sandbox import Limits
from discover.search.tiers.cascade import Cascade
from discover.space import GATE

LIMITS = Limits(wall_s=1, cpu_s=1)
SMOKE = Tier("smoke", LIMITS, expected_s=10, ranks=False)
QUICK = Tier("quick", LIMITS, expected_s=40)
STANDARD = Tier("standard", LIMITS, expected_s=300)


def following(cascade, tier):
    step = cascade.following(tier)
    return None if step is None else step.name


def test_a_candidate_goes_up_to_the_first_tier_that_ranks():
    cascade = Cascade((SMOKE, QUICK, STANDARD))
    assert [following(cascade, tier) for tier in (GATE, "smoke", "quick", "standard")] == [
        "smoke", "quick", None, None,
    ]  # fmt: skip
    assert following(Cascade((QUICK, STANDARD)), GATE) == "quick"


def test_a_tier_that_stops_too_few_is_left_out_and_comes_back():
    cascade = Cascade((SMOKE, QUICK))
    seen = []
    for _ in range(4):
        seen.append(following(cascade, GATE))
        cascade.tell("smoke", True)
    # 10 s pay while the chance to save 40 s is above a quarter: 1/2, 1/3, not 1/4.
    assert seen == ["smoke", "smoke", "quick", "quick"]
    assert following(cascade, "smoke") == "quick"
    cascade.tell("quick", True)
    assert following(cascade, GATE) == "quick"
    for _ in range(2):
        cascade.tell("quick", False)
    assert following(cascade, GATE) == "smoke"


def test_a_tier_that_stops_many_stays():
    cascade = Cascade((SMOKE, QUICK))
    for _ in range(20):
        cascade.tell("smoke", True)
        cascade.tell("smoke", False)
    assert following(cascade, GATE) == "smoke"


def test_each_of_several_cheap_tiers_pays_for_itself():
    tiny = Tier("tiny", LIMITS, expected_s=9, ranks=False)
    cascade = Cascade((tiny, SMOKE, QUICK))
    # Nine seconds to save ten with a chance of a half do not pay; ten to save forty do.
    assert following(cascade, GATE) == "smoke"

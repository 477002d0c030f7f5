"""What a candidate is compared with where nothing is named."""

import pytest

from discover.cli.border import UserError
from discover.cli.opponent import opponent
from discover.memory import campaigns, candidates, claims, evaluations, events, open_memory
from discover.memory.campaigns import NewCampaign
from discover.memory.claims import Claim
from discover.memory.evaluations import Purpose
from discover.space import Candidate, Evaluation, Status

MINE = Candidate.from_source("mine = 1")
NAMED = {name: Candidate.from_source(f"{name} = 1", name=name) for name in ("strong", "weak")}


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "m.db") as memory:
        yield memory


def search(memory, direction="max", scores=None):
    """A campaign whose runs had `scores`: of each tier, what each name scored."""
    campaign = campaigns.create(memory, NewCampaign("toy", "toy.py", "s", direction, 0, "1m")).id
    events.append(memory, campaign, "begun", {"ranking": ["quick", "standard", "verify"]})
    candidates.propose(memory, campaign, MINE, author="grammar", decision=0)
    for candidate in NAMED.values():
        candidates.propose(memory, campaign, candidate, author="reference")
    for tier, by_name in (scores or {}).items():
        for name, score in by_name.items():
            run = Evaluation(NAMED[name].id, tier, 0, Status.OK, metrics={"s": score})
            evaluations.finish(memory, campaign, run, purpose=Purpose.REFERENCE)
    return campaign


def claim(memory, campaign, reference, tier):
    id_ = NAMED[reference].id
    numbers = ((1, 2, 3), 0.1, 0.0, 0.2, 0.95, 1, "", False)
    claims.add(memory, Claim(campaign, MINE.id, reference, id_, tier, *numbers))


BOTH = {"strong": 2.0, "weak": 1.0}


def test_the_dearest_tier_that_was_verified_at_and_the_strongest_reference_there(memory):
    campaign = search(memory, scores={"quick": BOTH, "standard": BOTH, "verify": BOTH})
    assert opponent(memory, MINE.id, None, None) == ("quick", "strong")
    claim(memory, campaign, "strong", "quick")
    claim(memory, campaign, "weak", "standard")
    assert opponent(memory, MINE.id, None, None) == ("standard", "weak"), "the one verified there"
    claim(memory, campaign, "strong", "standard")
    assert opponent(memory, MINE.id, None, None) == ("standard", "strong")
    assert opponent(memory, MINE.id, "verify", None) == ("verify", "strong")
    assert opponent(memory, MINE.id, None, "weak") == ("standard", "weak")
    assert opponent(memory, MINE.id, "gate", None) == ("gate", "strong"), "as the search ranked"


def test_where_a_low_score_is_better_the_strongest_has_the_lowest(memory):
    search(memory, "min", {"quick": {"strong": 1.0, "weak": 2.0}})
    assert opponent(memory, MINE.id, None, None) == ("quick", "strong")


def test_where_nothing_has_a_score_the_options_have_to_be_named(memory):
    search(memory)
    with pytest.raises(UserError, match="name one with --tier"):
        opponent(memory, MINE.id, None, None)
    with pytest.raises(UserError, match="name one with --against"):
        opponent(memory, MINE.id, "quick", None)
    assert opponent(memory, MINE.id, "quick", "weak") == ("quick", "weak")

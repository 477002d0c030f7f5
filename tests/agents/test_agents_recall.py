"""What agents are told of a parent's children: by scores that compare."""

import pytest

from discover.agents import recall
from discover.memory import campaigns, candidates, evaluations, open_memory
from discover.memory.campaigns import NewCampaign
from discover.space import Candidate, Evaluation, Level, Status

from . import toy


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "memory.db") as opened:
        yield opened


def campaign_of(memory, definition, scores):
    """A campaign by a definition of the domain, in which these candidates scored."""
    new = NewCampaign("sums", "sums", "value", "max", 1, "9evals", definition=definition)
    campaign = campaigns.create(memory, new).id
    for candidate, score in scores.items():
        candidates.propose(memory, campaign, candidate, author="test")
        run = Evaluation(candidate.id, "quick", 0, Status.OK, metrics={"value": score})
        evaluations.finish(memory, campaign, run)


def child_of(parent, number):
    source = f"def answer():\n    return {number}\n"
    made = {"parents": (parent.id,), "operator": "mutate", "level": Level.STRUCTURE}
    return Candidate.from_source(source, **made)


def test_scores_of_another_definition_do_not_count(memory):
    parent = toy.candidate()
    first, second = child_of(parent, 1), child_of(parent, 2)
    campaign_of(memory, "as it was", {parent: 90.0, first: 100.0, second: 3.0})
    campaign_of(memory, "as it is", {parent: 5.0, first: 6.0, second: 7.0})
    domain = toy.Sums()
    assert recall.descent(memory, domain, parent.id) == (
        "mutate at structure: 2 tried, 2 better, best +2"
    )
    assert recall.strongest_children(memory, domain, parent.id, 9) == [second.id, first.id]

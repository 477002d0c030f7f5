"""What campaigns measured, as a data set."""

from dataclasses import replace

import pytest

from discover.memory import campaigns, candidates, evaluations, open_memory
from discover.memory.campaigns import NewCampaign
from discover.search.report.value_dataset import value_dataset
from discover.space import GATE, Candidate, Evaluation, Status

PARENT, CHILD = (Candidate.from_source(f"x = {i}\n") for i in range(2))


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "discover.db") as opened:
        yield opened


def measured(memory, candidate, *losses, tier="quick", free=None, domain="made-up"):
    """A campaign of one candidate, with a run for each of `losses`."""
    new = NewCampaign(domain, domain, "loss", "min", 0, "9evals")
    campaign = campaigns.create(memory, new).id
    candidates.propose(memory, campaign, candidate, author="test")
    runs = [Evaluation(candidate.id, GATE, 0, Status.OK, metrics=free)] if free else []
    for seed, loss in enumerate(losses):
        failed = loss is None
        status, metrics = (Status.FAILED, {}) if failed else (Status.OK, {"loss": loss})
        runs.append(Evaluation(candidate.id, tier, seed, status, metrics=metrics))
    for run in runs:
        evaluations.finish(memory, campaign, run)


def test_a_score_is_the_median_of_its_seeds_and_higher_is_better(memory):
    measured(memory, PARENT, 1.0, 7.0, None, 3.0, free={"params": 8.0})
    data = value_dataset(memory)
    assert list(data.scores) == [-3.0]
    (sample,) = data.samples
    assert (sample.candidate.id, sample.domain, sample.tier) == (PARENT.id, "made-up", "quick")
    assert sample.free == {"params": 8.0}


def test_what_no_run_scored_is_not_there(memory):
    measured(memory, PARENT, None, free={"params": 8.0})
    assert len(value_dataset(memory).samples) == 0


def test_each_campaign_that_ran_a_candidate_has_its_own_lineage_of_it(memory):
    measured(memory, PARENT, 9.0)
    measured(memory, CHILD, 5.0)
    measured(memory, replace(CHILD, parents=(PARENT.id,)), 4.0)
    data = value_dataset(memory)
    found = {(s.candidate.id, s.candidate.parents) for s in data.samples}
    assert found == {(PARENT.id, ()), (CHILD.id, ()), (CHILD.id, (PARENT.id,))}
    assert sorted(data.scores) == [-9.0, -5.0, -4.0]


def test_one_domain_and_one_tier_may_be_asked_for(memory):
    measured(memory, PARENT, 1.0)
    measured(memory, PARENT, 2.0, tier="dear")
    measured(memory, PARENT, 3.0, domain="other")
    assert sorted(value_dataset(memory, "made-up").scores) == [-2.0, -1.0]
    assert list(value_dataset(memory, tier="dear").scores) == [-2.0]
    assert list(value_dataset(memory, "other", "dear").scores) == []

"""A campaign on islands: interrupted, resumed, replayed, and refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.registry import load_domain
from discover.memory import campaigns, candidates, open_memory
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import make_learner, resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.stop import INTERRUPTED
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")
THREE = Settings(TOY, Budget.parse("120evals"), slots=1, value_model=False, islands=3)


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def proposed(memory, campaign):
    return [(p.candidate.id, p.candidate.parents) for p in candidates.proposals(memory, campaign)]


def test_an_interrupted_campaign_goes_on_on_the_same_islands_and_replays(memory, tmp_path):
    with open_memory(tmp_path / "whole.db") as other:
        whole = proposed(other, run_campaign(THREE, other).campaign_id)
    with open_memory(tmp_path / "one.db") as other:
        one = run_campaign(replace(THREE, islands=1), other)
        assert proposed(other, one.campaign_id) != whole
    cut = run_campaign(
        THREE, memory, stops=[lambda p: INTERRUPTED if p.evaluations >= 40 else None]
    ).campaign_id
    resume_campaign(memory, cut)
    assert proposed(memory, cut) == whole
    assert campaigns.get(memory, cut).config["islands"] == 3
    again = replay(memory, cut)
    assert again.divergence is None and again.decisions > 40


def test_islands_in_parallel_replay(memory):
    done = run_campaign(replace(THREE, slots=2), memory)
    assert replay(memory, done.campaign_id).divergence is None


@pytest.mark.parametrize("value_model", [True, False])
@pytest.mark.parametrize("strategy", ["tree", "flat-tree"])
def test_a_campaign_s_strategy_has_its_islands(strategy, value_model):
    domain = load_domain(TOY)
    asked = replace(THREE, strategy=strategy, value_model=value_model)
    learner = make_learner(asked, domain, GrammarAuthor(domain.space))
    assert len(learner.state.islands) == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"islands": 0}, "--islands must be from 1 to 16; got 0"),
        ({"islands": 17}, "--islands must be from 1 to 16; got 17"),
        ({"strategy": "evolution"}, "evolution keeps no archive, so it has no islands; tree and"),
    ],
)
def test_islands_that_cannot_be_are_refused_before_anything_is_stored(memory, changes, says):
    with pytest.raises(CannotSearch, match=says):
        run_campaign(replace(THREE, **changes), memory)
    assert campaigns.all_campaigns(memory) == []

"""After which runs an author that learns is asked to conclude."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from discover.evaluators.registry import load_domain
from discover.memory import campaigns, candidates, open_memory
from discover.memory.campaigns import NewCampaign
from discover.memory.evaluations import Purpose, Run
from discover.search.campaign.learner import Learner
from discover.search.campaign.reflection import reflect
from discover.search.strategies import make_strategy
from discover.space import GATE, Evaluation, Status

OK, REJECTED = Status.OK, Status.REJECTED


class Pupil(SimpleNamespace):
    """Remembers what it was asked to conclude from."""

    def propose(self, request, rng):
        return ()

    def reflect(self, candidate, evaluation, rng, decision=None):
        self.heard.append((candidate.id, evaluation.tier, rng.random(), decision))


@pytest.fixture
def asked(tmp_path):
    """Tells a learner with one rung of a run, and gives what its author then heard."""
    domain = load_domain(str(Path(__file__).parents[1] / "domains" / "toy.py"))
    quick = domain.tiers[1]
    pupil = Pupil(name="pupil", heard=[])
    strategy = make_strategy("random")
    learner = Learner(domain.objectives[0], domain.tiers, strategy, pupil, 0, (quick,))
    candidate = domain.references["origin"]
    learner.know(candidate)
    with open_memory(tmp_path / "m.db") as memory:
        new = NewCampaign("toy", "toy.py", "nearness", "max", 0, "9evals", {}, "d", "")
        campaign = campaigns.new_id()
        campaigns.create(memory, new, campaign)
        candidates.propose(memory, campaign, candidate, author="pupil", decision=3)

        def ask(tier, status, purpose=Purpose.SEARCH):
            pupil.heard.clear()
            run = Run(campaign, candidate.id, tier, 0, purpose)
            said = reflect(learner, memory, run, Evaluation(candidate.id, tier, 0, status))
            assert said == bool(pupil.heard)
            return pupil.heard

        yield ask


@pytest.mark.parametrize(
    ("tier", "status", "concludes"),
    [
        (GATE, OK, False),
        (GATE, REJECTED, True),
        ("smoke", OK, False),
        ("smoke", REJECTED, True),
        ("quick", OK, True),
        ("quick", REJECTED, True),
        ("standard", OK, False),  # no rung of this search: a run of validation
        ("standard", REJECTED, False),
    ],
)
def test_an_author_concludes_from_what_ends_a_candidates_way(asked, tier, status, concludes):
    assert bool(asked(tier, status)) is concludes


@pytest.mark.parametrize("purpose", [Purpose.VERIFY, Purpose.REFERENCE])
def test_runs_that_are_none_of_the_search_teach_no_author(asked, purpose):
    assert not asked("quick", OK, purpose)


def test_an_author_hears_its_decision_and_the_same_chance_again(asked):
    (first,), (again,) = list(asked("quick", OK)), list(asked("quick", OK))
    assert first == again and first[3] == 3

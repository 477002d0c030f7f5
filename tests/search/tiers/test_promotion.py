"""What noise says of a lead: who goes on to a dearer tier, and what a new best is worth."""

from pathlib import Path

import pytest

from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.domain import DomainError
from discover.evaluators.noise import noise_of
from discover.evaluators.registry import load_domain
from discover.memory import open_memory, predictions
from discover.memory.evaluations import Purpose
from discover.search.campaign.learner import Learner
from discover.search.campaign.turns import Leads, Running
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings
from discover.search.strategies import make_strategy
from discover.space import Candidate, Evaluation, Status

TOY = Path(__file__).parents[1] / "domains" / "toy.py"
NOISY = """
class Noisy(Toy):
    def noise(self, tier):
        return {"quick": 20.0, "standard": 0.1}.get(tier, 0.0)

domain = Noisy
"""


@pytest.mark.parametrize(("noise", "promoted"), [({}, 2), ({"quick": 9.0}, 2), ({"quick": 0.1}, 1)])
def test_only_what_may_be_the_best_goes_on_to_the_dearer_tier(noise, promoted):
    domain = load_domain(str(TOY))
    strategy, author = make_strategy("random"), GrammarAuthor(domain.space)
    rungs = domain.tiers[1:]
    learner = Learner(domain.objectives[0], domain.tiers, strategy, author, 0, rungs, noise=noise)
    for x in range(8):  # two of eight have earned it
        candidate = Candidate.from_source(f"X = {x}\n")
        learner.know(candidate)
        metrics = {"nearness": float(x)}
        learner.learn(candidate.id, Evaluation(candidate.id, "quick", 0, Status.OK, "", metrics))
    found = [learner.promote() for _ in range(3)]
    assert [tier.name for _, tier in filter(None, found)] == ["standard"] * promoted


def test_a_campaign_knows_the_noise_of_its_domain(tmp_path):
    file = tmp_path / "noisy.py"
    file.write_text(TOY.read_text().replace("domain = Toy", NOISY))
    turns = []
    settings = Settings(str(file), Budget.parse("60evals"), slots=1, value_model=False)
    with open_memory(tmp_path / "m.db") as memory:
        run_campaign(settings, memory, observers=[lambda turn, progress: turns.append(turn)])
    leads = [turn for turn in turns if isinstance(turn, Leads)]
    assert [lead.by_chance for lead in leads] == [
        i > 0 and lead.score - leads[i - 1].score <= 2**0.5 * 20 for i, lead in enumerate(leads)
    ]
    assert {lead.by_chance for lead in leads} == {False, True}
    assert all(("within the noise" in lead.message) is lead.by_chance for lead in leads)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("return float('nan')", "expected a finite number, 0 or more, got float nan"),
        ("return -1", "expected a finite number, 0 or more, got int -1"),
        ("return 'much'", "expected a finite number, 0 or more, got str 'much'"),
        ("raise KeyError(tier)", "KeyError: 'quick'"),
    ],
)
def test_noise_that_is_none_is_refused_before_anything_begins(tmp_path, words, problem):
    file = tmp_path / "noisy.py"
    source = NOISY.replace('return {"quick": 20.0, "standard": 0.1}.get(tier, 0.0)', words)
    file.write_text(TOY.read_text().replace("domain = Toy", source))
    with pytest.raises(DomainError, match="toy: noise") as refused:
        noise_of(load_domain(str(file)), "quick")
    assert problem in str(refused.value)
    settings = Settings(str(file), Budget.parse("9evals"), slots=1, value_model=False)
    with open_memory(tmp_path / "m.db") as memory:
        with pytest.raises(DomainError, match="toy: noise"):
            run_campaign(settings, memory)
        assert not memory.rows("SELECT id FROM campaigns")


def expected_at_standard(memory):
    campaign = memory.row("SELECT id FROM campaigns")["id"]
    judged = [j for j in predictions.judged(memory, campaign) if j.prediction.tier == "standard"]
    return [(j.prediction.candidate, j.prediction.mean, j.prediction.spread) for j in judged]


def test_what_is_promoted_is_predicted_at_the_dearer_tier_before_it_runs_there(tmp_path):
    settings = Settings(str(TOY), Budget.parse("90evals"), slots=1)
    began, foreseen = [], set()

    def watch(turn, progress):
        promoted = isinstance(turn, Running) and turn.tier == "standard"
        if promoted and turn.purpose is Purpose.SEARCH:
            began.append(turn.candidate)
            foreseen.update(candidate for candidate, _, _ in expected_at_standard(memory))

    with open_memory(tmp_path / "whole.db") as memory:
        summary = run_campaign(settings, memory, observers=[watch])
        predicted = expected_at_standard(memory)
        assert len(predicted) >= 3 and {c for c, _, _ in predicted} <= foreseen
        assert began[-len(predicted) :] == [c for c, _, _ in predicted]  # the first taught it
        seen = summary.hindsight.dear["standard"]
        assert seen.predicted == len(predicted) and seen.measured >= 3
        assert f"at standard, {seen.words}" in summary.hindsight.sentence
        assert summary.hindsight.predicted > 15  # of proposals alone
    with open_memory(tmp_path / "cut.db") as memory:
        stop = [lambda progress: "interrupted" if progress.evaluations >= 60 else None]
        run_campaign(settings, memory, stops=stop)
        resume_campaign(memory)
        assert expected_at_standard(memory) == predicted


def test_promotions_of_an_earlier_campaign_s_candidates_do_not_hide_the_proposals(tmp_path):
    with open_memory(tmp_path / "m.db") as memory:
        run_campaign(Settings(str(TOY), Budget.parse("90evals"), slots=1), memory)
        later = run_campaign(Settings(str(TOY), Budget.parse("40evals"), slots=1, seed=1), memory)
        judged = predictions.judged(memory, later.campaign_id)
        proposed = [j for j in judged if j.prediction.tier == "quick"]
        assert later.hindsight.predicted == len(proposed) > 3
        assert set(later.hindsight.dear) <= {"standard"}

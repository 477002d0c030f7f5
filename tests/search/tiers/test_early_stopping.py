"""Runs whose curves lead nowhere are stopped, keep no score, and still guide the search."""

from pathlib import Path

import pytest

from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.registry import load_domain
from discover.evaluators.stopping import BAR, FORESEEN
from discover.memory import evaluations, open_memory
from discover.memory.evaluations import Purpose
from discover.search.campaign.learner import Learner
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings
from discover.space import GATE, Evaluation, Status

CURVED = str(Path(__file__).parents[1] / "domains" / "curved.py")


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "curved.db") as opened:
        yield opened


def run(memory, budget, **changes):
    settings = Settings(CURVED, Budget.parse(budget), slots=1, value_model=False, **changes)
    stop = [lambda progress: "enough" if progress.evaluations >= 40 else None]
    summary = run_campaign(settings, memory, stops=stop)
    runs = [e for e in evaluations.of_campaign(memory, summary.campaign_id) if e.charged]
    return summary, [e for e in runs if e.run.tier == "quick"]


def test_a_run_that_leads_nowhere_is_stopped_without_a_score(memory):
    summary, runs = run(memory, "10m")
    stopped = [e for e in runs if FORESEEN in e.evaluation.metrics]
    whole = [e for e in runs if e.evaluation.status is Status.OK]
    assert len(stopped) > 5 and len(whole) > 5
    for each in stopped:
        assert each.evaluation.status is Status.REJECTED and each.score is None
        assert each.evaluation.reason.startswith("curve: at step ")
        assert each.evaluation.metrics[FORESEEN] > each.evaluation.metrics[BAR]
        assert each.run.purpose is Purpose.SEARCH, "what is verified goes all its way"
    kept = list(evaluations.of_candidate(memory, stopped[0].run.candidate))[-1].evaluation
    assert 3 <= len(kept.curves["distance"]) < 5
    assert summary.best[0].score == min(e.score for e in whole if e.run.purpose is Purpose.SEARCH)


class Heard:
    """A strategy that keeps what it is told."""

    name = "heard"

    def initial(self):
        return []

    def tell(self, state, outcome):
        state.append((outcome.candidate.id, outcome.score))


def test_what_a_stopped_run_was_headed_for_guides_the_search_and_is_not_ranked():
    domain = load_domain(CURVED)
    learner = Learner(
        domain.objectives[0], domain.tiers, Heard(), GrammarAuthor(domain.space), 0, domain.tiers
    )
    candidate = domain.references["origin"]
    learner.know(candidate)
    figures = {FORESEEN: 7.5, BAR: 3.0}
    learner.learn(candidate.id, Evaluation(candidate.id, "quick", 0, Status.REJECTED, "", figures))
    assert learner.state == [(candidate.id, -7.5)], "higher is better for a strategy"
    assert learner.scoreboard.ranking("quick") == [] and learner.promote() is None
    learner.learn(candidate.id, Evaluation(candidate.id, "quick", 1, Status.FAILED))
    assert learner.state[-1] == (candidate.id, None)


def test_a_tier_that_the_search_does_not_use_tells_it_nothing():
    domain = load_domain(str(Path(__file__).parents[1] / "domains" / "toy.py"))
    learner = Learner(
        objective=domain.objectives[0],
        tiers=domain.tiers,
        strategy=Heard(),
        author=GrammarAuthor(domain.space),
        seed=0,
        rungs=domain.tiers[1:2],
    )
    candidate = domain.references["origin"]
    learner.know(candidate)
    for tier in ("standard", "smoke", GATE):
        learner.learn(candidate.id, Evaluation(candidate.id, tier, 0, Status.TIMEOUT, "too slow"))
    assert learner.state == [(candidate.id, None)] * 2, "of the tiers on the way alone"


def test_nothing_is_stopped_where_that_would_save_nothing(memory):
    _, runs = run(memory, "50evals")
    assert all(e.evaluation.status is Status.OK for e in runs)


def test_a_campaign_with_stopped_runs_replays(memory):
    summary, runs = run(memory, "10m")
    assert any(FORESEEN in e.evaluation.metrics for e in runs)
    again = replay(memory, summary.campaign_id, runs=True)
    assert again.divergence is None and again.runs > 40

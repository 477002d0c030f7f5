"""The value model in a campaign: predicts before runs, is rebuilt from memory, can be left out."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from discover.agents.grammar_author import GrammarAuthor
from discover.evaluators.registry import load_domain
from discover.memory import evaluations, events, open_memory, predictions
from discover.memory.errors import Unreadable
from discover.memory.evaluations import Purpose
from discover.search.campaign.expectations import DECIDED, describe_for
from discover.search.campaign.turns import Phase, Running, Started
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import make_learner, resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.report.hindsight import look_back
from discover.search.setup.settings import Settings
from discover.search.strategies.contract import Outcome

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


def settings(budget="50evals", **changes):
    return Settings(TOY, Budget.parse(budget), slots=1, **changes)


class Sized(load_domain(TOY).__class__):
    """The toy domain, which knows a figure without running anything."""

    def free(self, candidate):
        return {"size": 3.0}


@pytest.mark.parametrize("value_model", [True, False])
def test_a_strategy_sees_the_free_figures_with_and_without_a_value_model(value_model):
    pytest.importorskip("lightgbm")
    asked = settings(strategy="boosting-free", value_model=value_model)
    domain = Sized()
    learner = make_learner(asked, domain, GrammarAuthor(domain.space))
    ticket = learner.strategy.ask(learner.state, Random(0)).ticket
    candidate = domain.references["origin"]
    learner.strategy.tell(learner.state, Outcome(candidate, 1.0, ticket))
    assert learner.state.views[-1].figures["size"] == 3.0


def searched(memory, campaign):
    return [
        (e.run.candidate, e.run.tier, e.score)
        for e in evaluations.of_campaign(memory, campaign)
        if e.run.purpose is Purpose.SEARCH
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A campaign with the value model: its memory, id, phases, and what was known at each run."""
    path = tmp_path_factory.mktemp("whole") / "toy.db"
    phases, unpredicted = [], []

    def watch(turn, progress):
        if isinstance(turn, Phase):
            phases.append(turn.message)
        if isinstance(turn, Running) and turn.purpose is Purpose.SEARCH:
            known = {j.prediction.candidate for j in predictions.judged(memory, start[0])}
            unpredicted.extend({turn.candidate} - known)
        if isinstance(turn, Started):
            start.append(turn.campaign)

    start: list[str] = []
    with open_memory(path) as memory:
        summary = run_campaign(settings(), memory, observers=[watch])
        yield memory, summary, phases, unpredicted


def test_every_proposal_is_predicted_before_it_runs(whole):
    memory, summary, _, unpredicted = whole
    judged = predictions.judged(memory, summary.campaign_id)
    assert not unpredicted and len(judged) > 15
    assert {j.prediction.model for j in judged} == {"prior", "value model"}
    assert {j.prediction.tier for j in judged} == {"quick"}


def test_it_says_when_it_stands_aside_and_when_it_chooses(whole):
    _, _, phases, _ = whole
    said = [words for words in phases if "value model" in words]
    assert "begins its work" in said[0]
    assert "stands aside" in said[1] and "at least 8 are needed" in said[1]
    assert "chooses what runs" in said[2]


def test_the_end_compares_predicted_with_measured(whole):
    memory, summary, _, _ = whole
    seen = summary.hindsight
    assert seen == look_back(memory, summary.campaign_id)
    assert seen.measured >= 8 and -1 <= seen.tau <= 1 and 0 <= seen.coverage <= 1
    assert seen.considered > seen.chosen > 0
    assert f"{seen.chosen} runs chosen among {seen.considered} proposals" in seen.sentence
    assert summary.to_dict()["hindsight"]["measured"] == seen.measured


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(whole, tmp_path):
    memory, summary, _, _ = whole
    with open_memory(tmp_path / "cut.db") as other:
        stop = [lambda progress: "interrupted" if progress.evaluations >= 21 else None]
        cut = run_campaign(settings(), other, stops=stop)
        decided = events.read(other, cut.campaign_id, kind=DECIDED)
        informed = [event for event in decided if event.data.get("hopes")]
        assert informed, "it was cut while the model chose"
        resume_campaign(other)
        assert searched(other, cut.campaign_id) == searched(memory, summary.campaign_id)
        assert replay(other, cut.campaign_id).divergence is None


def test_without_its_hopes_a_resumed_search_would_differ(whole, tmp_path, monkeypatch):
    memory, summary, _, _ = whole
    monkeypatch.setattr("discover.search.campaign.expectations.recall", lambda *arguments: None)
    assert replay(memory, summary.campaign_id).divergence is None
    monkeypatch.setattr(
        "discover.search.strategies.tree.HierarchicalTree.recall", lambda *arguments: None
    )
    assert replay(memory, summary.campaign_id).divergence is not None


def test_it_can_be_left_out(tmp_path):
    with open_memory(tmp_path / "without.db") as memory:
        summary = run_campaign(settings("20evals", value_model=False), memory)
        assert predictions.judged(memory, summary.campaign_id) == []
        assert summary.hindsight is None


@pytest.mark.parametrize(
    ("budget", "value_model", "loaded"),
    [("1evals", True, False), ("30evals", False, False), ("30evals", True, True)],
)
def test_torch_is_imported_when_there_is_something_to_choose(tmp_path, budget, value_model, loaded):
    script = (
        "import sys\n"
        "from discover.memory import open_memory\n"
        "from discover.search.limits.budget import Budget\n"
        "from discover.search.setup.settings import Settings\n"
        "from discover.search.lifecycle.start import run_campaign\n"
        "with open_memory(sys.argv[1]) as memory:\n"
        "    said = []\n"
        "    def hear(turn, progress):\n"
        "        if 'begins its work' in turn.message:\n"
        "            said.append('torch' in sys.modules)\n"
        f"    run_campaign(Settings({TOY!r}, Budget.parse({budget!r}), slots=1,"
        f" value_model={value_model}), memory, observers=[hear])\n"
        "assert said == [False] * ('torch' in sys.modules), 'said once, before the wait'\n"
        "print('torch' in sys.modules)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "toy.db")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.split()[-1] == str(loaded)


def test_free_figures_of_a_domain_are_known_before_a_run():
    class Free(type(load_domain(TOY))):
        def free(self, candidate):
            return {"size": 3.0}

    candidate = Free().references["origin"]
    assert describe_for(Free())(candidate).free == {"size": 3.0}
    assert describe_for(load_domain(TOY))(candidate).free == {}


def test_figures_that_nobody_can_have_predicted_are_not_judged(whole, tmp_path):
    """A memory may come from anywhere."""
    memory, summary, _, _ = whole
    path = tmp_path / "odd.db"
    memory.connection.execute("VACUUM INTO ?", (str(path),))
    with open_memory(path) as odd:
        with odd.transaction() as connection:
            connection.execute("UPDATE predictions SET spread = 9e999 WHERE id % 2")
            connection.execute("UPDATE predictions SET mean = -9e999 WHERE id % 5 = 0")
        seen = look_back(odd, summary.campaign_id)
    assert 0 < seen.measured < summary.hindsight.measured
    assert seen.tau is None or -1 <= seen.tau <= 1


def test_a_campaign_whose_stored_settings_are_none_is_told_in_one_line():
    with pytest.raises(Unreadable, match="no budget that can be read: 5"):
        Settings.from_dict({"domain": "toy", "budget": 5})
    with pytest.raises(Unreadable, match="no domain"):
        Settings.from_dict({})
    whole = {"domain": "toy", "budget": "5evals"}
    assert Settings.from_dict(whole).budget.text == "5evals"
    assert Settings.from_dict(whole | {"verify_share": 0}).verify_share == 0
    odd = ({"domain": 3}, {"slots": "many"}, {"fresh": 1}, {"seed": True}, {"programs": [1]})
    for each in odd:
        with pytest.raises(Unreadable, match=f"no {next(iter(each))} that can be read: "):
            Settings.from_dict(whole | each)
    with pytest.raises(Unreadable, match="settings: cannot read the budget 'soon'"):
        Settings.from_dict(whole | {"budget": "soon"})

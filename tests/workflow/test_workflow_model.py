"""The model inside workflows: journalled, recorded, and bound to a domain by a campaign."""

from contextlib import contextmanager

import pytest

from discover.agents.llm import Client, Settings
from discover.agents.llm.errors import ConfigurationError, Unavailable
from discover.agents.llm.journal import ScratchJournal
from discover.agents.llm.records import Reply as Said
from discover.evaluators.registry import load_domain
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.evaluators.workflow.model import Call, ModelFailed
from discover.memory import open_memory
from discover.search.authors import CannotSearch
from discover.search.budget import Budget
from discover.search.settings import Settings as Search
from discover.search.task_model import JournalledModel, prepare, prepare_unrecorded

PRICES = {"openai/m": {"prompt": 1.0, "completion": 2.0}}


class Wire:
    """Counts what it is sent, says it back, and fails or says nothing where asked to."""

    def __init__(self):
        self.sent = []

    def send(self, request, timeout_s):
        text = request.body["messages"][0]["content"]
        self.sent.append(text)
        if text == "fail":
            raise Unavailable("it is down", transient=True)
        return Said("" if text == "empty" else text.upper(), "fake/m", prompt_tokens=3,
                    completion_tokens=4)  # fmt: skip

    def price(self, model):
        return None


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def model(wire):
    journal = ScratchJournal()
    settings = Settings.read({"model": "fake/m", "attempts": 2})
    client = Client(settings, journal, transport=wire, sleep=lambda seconds: None)

    @contextmanager
    def journals():
        yield journal

    return JournalledModel(client, "fake/m", journals)


def test_a_reply_is_asked_for_once_and_costs_the_same_again(model, wire):
    first, again = model.reply(Call("hi")), model.reply(Call("hi"))
    assert (first.text, first.tokens) == ("HI", 7)
    assert again == first
    assert wire.sent == ["hi"]


def test_another_sample_of_the_same_prompt_is_another_request(model, wire):
    model.reply(Call("hi", temperature=0.7))
    model.reply(Call("hi", temperature=0.7, sample=1))
    assert wire.sent == ["hi", "hi"]


@pytest.mark.parametrize("prompt", ["fail", "empty"])
def test_no_reply_is_retried_and_then_a_failure(model, wire, prompt):
    with pytest.raises(ModelFailed):
        model.reply(Call(prompt))
    assert wire.sent == [prompt, prompt]


def test_a_domain_with_a_model_proposes_what_asks_one(model):
    domain = AgentWorkflow()
    before = domain.protocol
    assert "self-refine" not in domain.references
    domain.bind(model)
    assert "self-refine" in domain.references
    assert domain.protocol != before, "scores with and without a model do not compare"


def test_a_campaign_binds_the_model_that_it_names(tmp_path, monkeypatch):
    monkeypatch.delenv("DISCOVER_TASK_MODEL", raising=False)
    domain = load_domain("agent-workflow")
    monkeypatch.setattr(domain, "model", None)
    budget = Budget.parse("1evals")
    with open_memory(tmp_path / "m.db") as memory:
        prepare(Search("agent-workflow", budget), "agent-workflow", memory, "c")
        assert domain.model is None
        named = Search(
            "agent-workflow", budget, models={"task_model": "openai/m", "prices": PRICES}
        )
        prepare(named, "agent-workflow", memory, "c")
        assert domain.model.name == "openai/m"
        prepare(Search("agent-workflow", budget), "agent-workflow", memory, "d")
        assert domain.model is None, "another campaign's model is not asked, nor charged"
        monkeypatch.setenv("DISCOVER_TASK_MODEL", "local/no-such-size")
        with pytest.raises(ConfigurationError, match="no-such-size"):
            prepare_unrecorded("agent-workflow", None)
        with pytest.raises(CannotSearch, match="asks no task model"):
            prepare(named, "linear-attention", memory, "c")

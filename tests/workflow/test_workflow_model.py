"""The model inside workflows: journalled, recorded, and bound to a domain by a campaign."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest

from discover.agents.llm import Client, Settings
from discover.agents.llm.errors import ConfigurationError, Unavailable
from discover.agents.llm.journal import ScratchJournal
from discover.agents.llm.recording import Recording
from discover.agents.llm.records import Reply as Said
from discover.evaluators.evaluate import evaluate
from discover.evaluators.registry import load_domain
from discover.evaluators.task_model import Call, ModelFailed
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.memory import open_memory
from discover.sandbox import Limits, Sandbox
from discover.search.limits.budget import Budget
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings as Search
from discover.search.setup.task_model import JournalledModel, prepare, prepare_unrecorded
from discover.space import Candidate, Status
from discover.space.workflow import references, space

from .papers import Sums, SumTasks

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

    def check(self, model):
        pass

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
    monkeypatch.setenv("OPENAI_API_KEY", "of-nobody")
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


class Dice(Wire):
    """Says something else each time it is asked."""

    def send(self, request, timeout_s):
        said = super().send(request, timeout_s)
        number = len(self.sent)
        return replace(said, text=f"Answer: {number * 7 % 4}")


class FewSums(SumTasks):
    def draw(self, split, seed, count):
        return Sums(4)


def test_the_same_recorded_replies_give_the_same_score_byte_for_byte():
    """Also where branches ask at once, so that they may come in any order."""
    journal, wire = ScratchJournal(), Dice()
    settings = Settings.read({"model": "fake/m", "attempts": 1})

    @contextmanager
    def journals():
        yield journal

    def model(transport):
        client = Client(settings, journal, transport=transport, sleep=lambda seconds: None)
        return JournalledModel(client, "fake/m", journals)

    source = space().render(references()["layered-ensemble"])

    def told(answering):
        domain = AgentWorkflow(tasks=FewSums(), model=answering)
        with Sandbox(preload=domain.preload) as box:
            session = box.session(Limits(wall_s=300, cpu_s=60, threads=64))
            run = evaluate(domain, Candidate.from_source(source), "quick", 1000, session)
        assert run.status is Status.OK, run.reason
        figures = {name: value for name, value in run.metrics.items() if name != "latency"}
        return json.dumps([figures, dict(run.notes)])

    first = told(model(wire))
    asked = len(wire.sent)
    assert asked > 8, "every sample of every branch was asked for"
    assert told(model(wire)) == first
    assert len(wire.sent) == asked, "nobody was asked again"
    assert told(model(Dice())) == first


def test_a_call_that_fails_takes_as_long_when_it_is_replayed(model):
    with pytest.raises(ModelFailed) as failed:
        model.reply(Call("fail"))
    with model.journals() as journal:
        assert failed.value.seconds == journal.calls[-1].wall_s > 0
        recording = Recording.of(journal.calls)
    again = replace(
        model, client=Client(model.client.settings, ScratchJournal(), recording=recording)
    )
    with pytest.raises(ModelFailed) as replayed:
        again.reply(Call("fail"))
    assert replayed.value.seconds == failed.value.seconds
    assert str(replayed.value) == str(failed.value)

"""Executable gates in the team's repair loop, from a draft to a campaign."""

import itertools
from pathlib import Path
from random import Random

import pytest

from discover.agents import verdicts
from discover.agents.author import Request
from discover.agents.draft import Way
from discover.agents.llm import MemoryJournal
from discover.agents.llm.recording import Recording
from discover.agents.team import Roster
from discover.agents.team_author import TeamAuthor
from discover.memory import campaigns, candidates, check, evaluations, events, ledger, open_memory
from discover.memory.calls import of_campaign
from discover.memory.campaigns import CampaignStatus, NewCampaign
from discover.sandbox import LocalExecutor
from discover.search.campaign.drafts import DraftGate
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings
from discover.space import GATE, Candidate, Level, Status

from . import toy
from .endpoint import Answer
from .strong import StrongModel, last_message, program

DOMAIN = str(Path(__file__).with_name("smoothing.py"))
WRITE = Roster(way=Way.WRITE, novelty=False)


def smooth(body, head=""):
    return f"```python\n{head}def smooth(xs):\n    {body}\n```"


GOOD = "return [sum(xs[:n + 1]) / (n + {0}) for n in range(len(xs))]"
LEAK = "mean = sum(xs) / len(xs)\n    return [mean for _ in xs]"


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "memory.db") as opened:
        yield opened


@pytest.fixture
def campaign(memory):
    return begun(memory)


def begun(memory):
    return campaigns.create(memory, NewCampaign("sums", "sums", "value", "max", 1, "9evals")).id


@pytest.fixture
def parent(memory, campaign):
    candidate = toy.candidate()
    candidates.propose(memory, campaign, candidate, author="test")
    return candidate


@pytest.fixture
def author_of(serve, client_of, memory, campaign):
    def make(model, gate, **settings):
        client = client_of(serve(model), journal=MemoryJournal(memory, campaign), **settings)
        return TeamAuthor(client, memory, toy.Sums(), gate, WRITE)

    return make


def mutate(parent, **changes):
    return Request("mutate", Level.STRUCTURE, (parent,), **changes)


def test_a_verdict_is_kept_charged_and_shown_as_a_warning(author_of, memory, campaign, parent):
    bad = "```python\nimport os\n```"
    author = author_of(StrongModel(code=bad), toy.gate)
    (proposed,) = author.propose(mutate(parent, decision=4), Random(0))
    drafts = [event.data for event in events.read(memory, campaign, kind=verdicts.DRAFT)]
    assert [(d["status"], d["decision"]) for d in drafts] == [("rejected", 4), ("ok", 4)]
    assert drafts[0]["source"] == "import os\n"
    assert verdicts.find(memory, campaign, proposed.id).status is Status.OK
    assert ledger.spent(memory, campaign)["device_s"] == 1.0
    model = StrongModel()
    author_of(model, toy.gate).propose(mutate(parent), Random(9))
    shown = last_message(model.bodies["planner"][0])
    assert "Warnings: what failed" in shown and "line 1 imports os" in shown


def test_no_program_meets_the_gates_twice(author_of, memory, campaign, parent):
    seen = []

    def gate(candidate):
        seen.append(candidate.id)
        return toy.gate(candidate)

    model = StrongModel(code="```python\nimport os\n```", debug="```python\nimport os  # !\n```")
    author = author_of(model, gate)
    assert author.propose(mutate(parent), Random(0)) == ()
    assert len(seen) == 1 and model.asked["debug"] == 3


def test_drafts_made_side_by_side_are_all_kept(author_of, memory, campaign, parent):
    author = author_of(
        StrongModel(code=lambda body: program(str(body["seed"]))), toy.gate, concurrency=3
    )
    proposed = author.propose(mutate(parent, count=3), Random(0))
    kept = {event.data["candidate"] for event in events.read(memory, campaign)}
    assert len(proposed) == 3 and kept == {candidate.id for candidate in proposed}


def test_a_replay_takes_the_recorded_verdicts(serve, client_of, memory, tmp_path):
    """Gates measure: what they say differs from run to run, and so would what is asked next."""
    measured = itertools.count()

    def gate(candidate):
        good = "2001" in candidate.source
        return toy.verdict(candidate, "" if good else f"speed: measured {next(measured)}")

    def run(memory, client, gate):
        author = TeamAuthor(client, memory, toy.Sums(), gate, WRITE)
        parent = toy.candidate()
        candidates.propose(memory, client.journal.campaign, parent, author="test")
        return author.propose(mutate(parent, decision=0), Random(3))

    def replayed(name, gate):
        with open_memory(tmp_path / name) as again:
            new = MemoryJournal(again, begun(again))
            recording = Recording.of(of_campaign(memory, old.campaign))
            return run(again, client_of(endpoint, journal=new, recording=recording), gate)

    def recorded(candidate):
        return verdicts.find(memory, old.campaign, candidate.id)

    endpoint = serve(StrongModel())
    old = MemoryJournal(memory, begun(memory))
    first = run(memory, client_of(endpoint, journal=old), gate)
    assert first and next(measured) == 1
    assert replayed("a.db", recorded) == first
    assert replayed("b.db", gate) == ()  # another figure is another question


def test_the_sandbox_gates_a_draft_beside_busy_slots():
    executor = LocalExecutor(1)
    try:
        gate = DraftGate(DOMAIN, executor)
        source = "def smooth(xs):\n    return [xs[-1] for _ in xs]\n"
        leak = gate(Candidate.from_source(source))
        assert (leak.status, leak.tier) == (Status.REJECTED, GATE)
        assert leak.reason == "causality: a value depends on later ones"
        broken = gate(Candidate.from_source("def smooth(xs):\n    return xs[99]\n"))
        assert broken.status is Status.FAILED and broken.reason.startswith("line 2: ")
        assert leak.cpu_s > 0 and leak.device_s > 0 and leak.isolation == executor.isolation
        assert executor.next(0) is None
    finally:
        executor.close()


# A campaign with a strong model that stumbles in every way

HTML = {"content-type": "text/html"}
STUMBLES = {
    "429": Answer(status=429, raw=b"{}", headers={"retry-after": "0.01"}),
    "html": Answer(raw=b"<html><body>Bad gateway</body></html>", headers=HTML),
    "cut": Answer("half a sentence", cut=True),
    "empty": Answer(text=""),
    "late": Answer("late", delay_s=90),
    "flood": "x" * 2_000_000,
    "bad json": "{'idea': 'quotes'}",
    "refusal": Answer(text=None, refusal="I cannot help with that"),
}
DRAFTS = {
    "no function smooth": "```python\ndef blur(xs):\n    return list(xs)\n```",
    "line 1: no imports": smooth("return list(xs)", head="import os\n"),
    "a value depends on later ones": smooth(LEAK),
    "line 2: ": smooth("return xs[99]"),
    "": f"I would do this:\n{smooth(GOOD.format(77))}\nHappy smoothing!",
}


class Stumbling(StrongModel):
    """Each stumble once, as planner or as coder; what comes after it is good."""

    def __init__(self):
        super().__init__()
        self.stumbles = iter(STUMBLES.values())
        self.drafts = iter(DRAFTS.values())

    def planner(self, body):
        stumble = next(self.stumbles, None) if self.asked["planner"] % 2 else None
        return super().planner(body) if stumble is None else stumble

    def code(self, body):
        return next(self.drafts, None) or smooth(GOOD.format(self.asked["code"]))

    def debug(self, body):
        return smooth(GOOD.format(1000 + self.asked["debug"]))


def test_a_campaign_goes_on_whatever_the_model_does(serve, memory):
    model = Stumbling()
    models = {"model": "strong", "api_base": serve(model).api_base}
    models |= {"timeout_s": 1, "concurrency": 1}
    settings = Settings(DOMAIN, Budget.parse("9evals"), slots=1, verify_share=0.0, models=models)
    warnings = []
    summary = run_campaign(settings, memory, observers=[lambda event, _: warnings.append(event)])
    assert summary.status is CampaignStatus.DONE
    errors = [c.error for c in of_campaign(memory, summary.campaign_id) if c.error]
    for said in ("", "empty reply", "no reply within 1 s", "2,000,000", "unreadable", "declined"):
        assert any(said in error for error in errors), said
    assert next(model.stumbles, None) is None and next(model.drafts, None) is None
    told = [last_message(body) for body in model.bodies["debug"]]
    for said in filter(None, DRAFTS):
        assert any(said in message for message in told), said
    runs = list(evaluations.of_campaign(memory, summary.campaign_id))
    assert {run.evaluation.status for run in runs} == {Status.OK}
    assert sum(run.run.tier == "quick" for run in runs) == 9
    assert [event for event in warnings if "I cannot help" in event.message]
    assert not check.check(memory)

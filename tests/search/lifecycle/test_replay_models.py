"""A campaign of language models is made again from what they said; nobody is asked."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from discover.agents.llm.recording import NotARecording, Recording, write
from discover.evaluators.registry import load_domain
from discover.memory import calls, campaigns, candidates, events, insights, open_memory, rewind
from discover.search.lifecycle import replay_stage
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings

from ...agents.endpoint import Answer, Endpoint
from ...agents.strong import StrongModel

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


def point(body):
    number = body["seed"] % 400
    return f"```python\nX = {number // 20}\nY = {number % 20}\n```"


class Moody:
    """A strong model that is out of reach for a while, and says nothing now and then."""

    def __init__(self):
        self.asked = 0
        self.model = StrongModel(code=point, debug=point)

    def __call__(self, body):
        self.asked += 1
        if self.asked % 9 == 0:
            return Answer("")
        return Answer("slow down", status=503) if 30 <= self.asked < 34 else self.model(body)


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


@pytest.fixture
def endpoint():
    served = Endpoint(Moody())
    yield served
    served.close()


def settings(endpoint, slots=1, budget="14evals", **changes):
    models = {"model": "strong", "api_base": endpoint.api_base, "attempts": 1, "concurrency": 1}
    limits = Budget.parse(budget)
    return Settings(TOY, limits, slots=slots, value_model=False, models=models | changes)


def interrupt_after(n):
    return lambda progress: "interrupted" if progress.evaluations >= n else None


def test_a_team_s_campaign_that_was_resumed_replays_and_asks_nobody(memory, endpoint):
    run_campaign(settings(endpoint, budget="5evals"), memory)
    cut = run_campaign(settings(endpoint, slots=2), memory, stops=[interrupt_after(4)])
    run_campaign(settings(endpoint, budget="5evals"), memory)
    resume_campaign(memory, cut.campaign_id)
    asked = len(endpoint.requests)
    again = replay(memory, cut.campaign_id)
    assert again.divergence is None
    proposed = list(candidates.proposals(memory, cut.campaign_id))
    made = [p for p in proposed if p.decision is not None]
    assert again.decisions >= len(made) > 3
    assert len(endpoint.requests) == asked
    assert insights.of_campaign(memory, cut.campaign_id)
    failed = [c for c in calls.of_campaign(memory, cut.campaign_id) if c.reply is None]
    assert failed, "the model was never out of reach"


def test_siblings_made_side_by_side_replay(memory, endpoint):
    settled = settings(endpoint, concurrency=3)
    summary = run_campaign(settled, memory)
    assert replay(memory, summary.campaign_id).divergence is None


def test_another_reply_is_found(memory, endpoint):
    summary = run_campaign(settings(endpoint), memory)
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE llm_calls SET reply = replace(reply, 'X = ', 'X = 1') WHERE id ="
            " (SELECT id FROM llm_calls WHERE reply LIKE '%X = %' ORDER BY id LIMIT 1)"
        )
    again = replay(memory, summary.campaign_id)
    assert again.divergence is not None


def test_a_run_with_replies_is_the_run_that_was_recorded(tmp_path, memory, endpoint):
    settled = settings(endpoint)
    first = run_campaign(settled, memory)
    file = tmp_path / "replies.jsonl"
    write(file, calls.of_campaign(memory, first.campaign_id), settled.models)
    asked = len(endpoint.requests)
    recording = Recording.read(file)
    assert recording.models == settled.models
    with open_memory(tmp_path / "again.db") as other:
        second = run_campaign(settled, other, recording=recording)
        assert decided(other, second) == decided(memory, first)
    assert len(endpoint.requests) == asked
    assert not second.spent["tokens"] and first.spent["tokens"]


def decided(memory, summary):
    log = events.read(memory, summary.campaign_id, kind="decided")
    return [(event.data["candidate"], event.data["tier"]) for event in log]


@pytest.mark.parametrize("text", ["", "[]\n", "no JSON\n", '{"format": "other", "models": {}}\n'])
def test_what_is_no_recording_is_said_in_one_line(tmp_path, text):
    file = tmp_path / "replies.jsonl"
    file.write_text(text)
    with pytest.raises(NotARecording, match="is not what --record wrote") as error:
        Recording.read(file)
    assert "\n" not in str(error.value)


def test_a_replay_leaves_the_memory_as_it_is(memory, endpoint):
    summary = run_campaign(settings(endpoint, budget="6evals"), memory)
    before = list(memory.connection.iterdump())
    with open_memory(memory.path, read_only=True) as reader:
        assert replay(reader, summary.campaign_id, runs=True).divergence is None
    assert list(memory.connection.iterdump()) == before
    assert campaigns.get(memory, summary.campaign_id).status == "done"


def test_a_copy_that_cannot_be_made_is_closed_and_its_error_is_what_is_told(
    memory, endpoint, tmp_path, monkeypatch
):
    made = []
    monkeypatch.setattr(replay_stage, "make_author", lambda *_: None)
    monkeypatch.setattr(
        rewind, "open_memory", lambda path: made.append(open_memory(path)) or made[-1]
    )
    args = ("c", settings(endpoint), load_domain(TOY), memory, Recording({}), tmp_path)
    with (
        closing(replay_stage.TeamStage(*args)) as team,
        pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"),
    ):
        team.begin(SimpleNamespace(sequence=1, created=time.time()))
        monkeypatch.setattr(rewind, "_FORGET", ("DELETE FROM nowhere",))
        team.begin(SimpleNamespace(sequence=2, created=time.time()))
    with pytest.raises(sqlite3.ProgrammingError):
        made[1].connection.execute("SELECT 1")

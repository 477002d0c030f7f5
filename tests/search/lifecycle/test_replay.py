"""A campaign is replayed decision by decision and run by run; what differs is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from discover.memory import events, open_memory
from discover.memory.campaigns import all_campaigns
from discover.search.campaign.expectations import DECIDED
from discover.search.campaign.turns import Running
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.restore import BEGUN
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.stop import INTERRUPTED
from discover.search.setup.settings import Settings

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def settings(slots, **changes):
    return Settings(TOY, Budget.parse("50evals"), slots=slots, value_model=False, **changes)


@pytest.mark.parametrize("slots", [1, 2])
def test_a_whole_campaign_replays(memory, slots):
    summary = run_campaign(settings(slots), memory)
    again = replay(memory, summary.campaign_id, runs=True)
    assert again.divergence is None
    assert again.decisions > 20
    assert again.runs > 40


@pytest.mark.parametrize("slots", [1, 2])
def test_a_resumed_campaign_that_started_from_an_earlier_one_replays(memory, slots):
    run_campaign(settings(slots), memory)
    cut = run_campaign(
        settings(slots, seed=3),
        memory,
        stops=[lambda p: "interrupted" if p.evaluations >= 15 else None],
    )
    run_campaign(settings(slots, seed=4), memory)
    resume_campaign(memory, cut.campaign_id)
    again = replay(memory, cut.campaign_id)
    assert again.divergence is None
    assert again.decisions > 20


def enough(evaluations):
    return [lambda p: INTERRUPTED if p.evaluations >= evaluations else None]


@pytest.fixture
def dear(tmp_path):
    """The toy domain, whose dearer tier takes 60 s, as it says: 20 runs of it 20 minutes."""
    file = tmp_path / "dear.py"
    source = Path(TOY).read_text()
    file.write_text(source.replace("cpu_s=5), 0.1)", "cpu_s=5), 60)"))
    assert file.read_text() != source
    return str(file)


def rungs_and_promotions(memory, id_):
    """The rungs of each process, and how many candidates it promoted."""
    found = []
    for event in events.read(memory, id_):
        if event.kind == BEGUN:
            found.append((len(event.data["rungs"]), 0))
        elif event.kind == DECIDED:
            found[-1] = (found[-1][0], found[-1][1] + (event.data["tier"] == "standard"))
    return found


def test_a_resume_that_affords_a_dearer_tier_replays(memory, dear):
    small = replace(settings(1), domain=dear, budget=Budget.parse("200s,300evals"))
    id_ = run_campaign(small, memory, stops=enough(20)).campaign_id
    resume_campaign(memory, id_, more=Budget.parse("100000s"), stops=enough(40))
    assert replay(memory, id_).divergence is None
    [(before, none), (after, promoted)] = rungs_and_promotions(memory, id_)
    assert (before, none, after) == (1, 0, 2) and promoted > 3


def test_a_resume_on_other_slots_replays_whatever_they_afford(memory, dear):
    fitting = replace(settings(1), domain=dear, budget=Budget.parse("1000s,300evals"))
    id_ = run_campaign(fitting, memory, stops=enough(16)).campaign_id
    for slots, evaluations in (2, 32), (1, 44), (4, 60):
        resume_campaign(memory, id_, slots=slots, stops=enough(evaluations))
        assert replay(memory, id_).divergence is None
    processes = rungs_and_promotions(memory, id_)
    assert [rungs for rungs, _ in processes] == [1, 2, 1, 2]
    assert [promoted > 0 for _, promoted in processes[:3]] == [False, True, False]


def test_what_does_not_tell_its_rungs_replays_by_what_the_budget_affords(memory, dear):
    rich = replace(settings(1), domain=dear, budget=Budget.parse("100000s,300evals"))
    id_ = run_campaign(rich, memory, stops=enough(20)).campaign_id
    memory.connection.execute(
        "UPDATE events SET data = json_remove(data, '$.rungs') WHERE kind = ?", (BEGUN,)
    )
    assert replay(memory, id_).divergence is None


class Killed(BaseException):
    """Nobody catches it: memory is left as by SIGKILL."""


def test_a_kill_while_a_dearer_run_is_in_flight_replays(memory, tmp_path):
    file = tmp_path / "slow.py"
    slow = Path(TOY).read_text().replace("SLOW_S)", '0.3 if tier.name == "standard" else 0)')
    file.write_text(slow)

    def kill(turn, progress):
        if isinstance(turn, Running) and turn.tier == "standard":
            raise Killed

    with pytest.raises(Killed):
        run_campaign(replace(settings(2, seed=3), domain=str(file)), memory, observers=[kill])
    id_ = all_campaigns(memory)[0].id
    resume_campaign(memory, id_)
    [first, second] = events.read(memory, id_, kind=BEGUN)
    assert (first.data["promoted"], len(second.data["promoted"])) == ([], 1)
    assert replay(memory, id_).divergence is None


def test_a_score_that_was_changed_is_found(memory):
    summary = run_campaign(settings(1), memory)
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE metrics SET value = value + 1000 WHERE evaluation ="
            " (SELECT min(id) FROM evaluations WHERE tier = 'quick' AND purpose = 'search')"
        )
    again = replay(memory, summary.campaign_id, runs=True)
    assert again.divergence is not None

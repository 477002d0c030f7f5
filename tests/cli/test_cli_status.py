"""What `discover status` makes of a campaign whose process gives no sign while it thinks."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from discover.cli.status import Status
from discover.memory import campaigns, open_memory, summaries
from discover.memory.campaigns import NewCampaign
from discover.memory.evaluations import InFlight, Run
from discover.search.limits.budget import Budget


@pytest.fixture
def status(tmp_path):
    """`status(silence_s)` is that of a campaign of 3 minutes which was last heard of after 10 s."""
    new = NewCampaign("toy", "toy", "nearness", "max", 0, "3m", {})
    with open_memory(tmp_path / "toy.db") as memory:
        id_ = campaigns.create(memory, new).id
        campaigns.beat(memory, id_, 10.0)
        found = summaries.summarise(memory, id_)
    assert found.campaign.pid == os.getpid()

    def after(silence_s, alive=True):
        now = found.campaign.heartbeat + silence_s
        return Status(replace(found, alive=alive), Budget.parse("3m"), now, Path("toy.db"))

    return after


def test_wall_time_goes_on_while_a_process_thinks(status):
    thinking = status(80)
    assert thinking.to_dict()["spent"]["wall_s"] == pytest.approx(90)
    said = "\n".join(thinking.lines())
    assert "an author thinks" in said and "50%" in said
    assert "thinks" not in "\n".join(status(1).lines())


def test_what_is_in_flight_is_named_with_how_long_it_runs(status):
    view = status(80)
    flight = InFlight(Run("c", "0123abc", "quick", 0), 1, view.now - 125)
    view = replace(view, flights=(flight,))
    assert "0123abc at quick for 2 m 05 s" in "\n".join(view.lines())
    running = view.to_dict()["running"]
    assert running == [{"candidate": "0123abc", "tier": "quick", "for_s": pytest.approx(125)}]


def test_it_stands_still_where_the_process_is_gone(status):
    gone = status(80, alive=False)
    assert gone.to_dict()["spent"]["wall_s"] == pytest.approx(10)
    assert "an author thinks" not in "\n".join(gone.lines())

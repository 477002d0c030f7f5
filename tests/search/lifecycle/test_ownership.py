"""One campaign has one process: a second one is refused, a killed one is taken over."""

import os
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from discover.memory import campaigns, candidates, open_memory
from discover.memory.campaigns import CampaignStatus
from discover.memory.errors import CampaignBusy
from discover.memory.evaluations import Run, begin
from discover.search.campaign.turns import Warned
from discover.search.lifecycle.recheck import recheck
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def settings(budget="30evals"):
    return Settings(TOY, Budget.parse(budget), slots=1, value_model=False)


def hand_over(memory, id_, pid, heartbeat=None, host=None):
    """Let memory say that another process runs the campaign."""
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE campaigns SET status = 'running', pid = ?, heartbeat = ?,"
            " host = coalesce(?, host) WHERE id = ?",
            (pid, time.time() if heartbeat is None else heartbeat, host, id_),
        )


def test_a_claim_is_not_rechecked_while_another_process_runs_the_campaign(memory):
    summary = run_campaign(settings("60evals"), memory)
    best = summary.comparisons[0].candidate_id
    hand_over(memory, summary.campaign_id, os.getppid())
    with pytest.raises(CampaignBusy, match=f"process {os.getppid()}"):
        recheck(memory, [best], "origin", tier="quick")
    assert campaigns.get(memory, summary.campaign_id).pid == os.getppid()


def test_a_recheck_leaves_the_campaign_as_it_was_but_for_its_own_time(memory):
    summary = run_campaign(settings("60evals"), memory)
    before = campaigns.get(memory, summary.campaign_id)
    recheck(memory, [summary.comparisons[0].candidate_id], "origin", tier="quick")
    after = campaigns.get(memory, summary.campaign_id)
    assert (after.status, after.pid) == (CampaignStatus.DONE, os.getpid())
    assert after.wall_s > before.wall_s


def test_a_killed_campaign_that_is_rechecked_can_still_be_resumed(memory):
    summary = run_campaign(settings("60evals"), memory)
    hand_over(memory, summary.campaign_id, 2**22 + 1)  # above the highest process id
    recheck(memory, [summary.comparisons[0].candidate_id], "origin", tier="quick")
    assert campaigns.get(memory, summary.campaign_id).status is CampaignStatus.STOPPED
    assert resume_campaign(memory).campaign_id == summary.campaign_id


def test_a_process_that_was_overtaken_while_it_slept_stops_and_changes_nothing(memory):
    def overtake(progress):
        if progress.evaluations == 5:
            hand_over(memory, campaigns.all_campaigns(memory)[0].id, 1, host="elsewhere")
        return

    with pytest.raises(CampaignBusy, match="taken over by process 1 on elsewhere"):
        run_campaign(settings("3000evals"), memory, stops=[overtake])
    left = campaigns.all_campaigns(memory)[0]
    assert (left.status, left.pid, left.host) == (CampaignStatus.RUNNING, 1, "elsewhere")


def test_a_clock_that_was_set_back_does_not_make_a_living_process_look_dead(memory, monkeypatch):
    id_ = run_campaign(settings(), memory).campaign_id
    parent = psutil.Process(os.getppid())
    hand_over(memory, id_, parent.pid, heartbeat=parent.create_time() - 3600)
    assert not campaigns.is_alive(campaigns.get(memory, id_)), "a process that took the number"
    hand_over(memory, id_, parent.pid)
    assert campaigns.is_alive(campaigns.get(memory, id_))
    hand_over(memory, id_, parent.pid, heartbeat=parent.create_time() - 3600)
    thinking = SimpleNamespace(time=lambda: parent.create_time() - 3600 + 40)
    monkeypatch.setattr(campaigns, "time", thinking)
    assert campaigns.is_alive(campaigns.get(memory, id_)), "it fits its value model for 40 s"


def test_a_run_that_was_cut_off_is_charged_once_and_within_its_limit(memory):
    cut = run_campaign(
        settings(),
        memory,
        stops=[lambda p: "interrupted" if p.evaluations >= 5 else None],
    )
    id_, origin = cut.campaign_id, cut.references[0].candidate_id
    run = Run(id_, origin, "smoke", 7)
    begin(memory, run)
    hand_over(memory, id_, 2**22 + 1, heartbeat=time.time() + 1000)  # a clock that jumped
    for _ in range(2):
        resume_campaign(memory, id_, stops=[lambda p: "interrupted"])
    assert charged_for_cut_off(memory) == [5], "the limit of the tier, once"


@pytest.fixture
def killed(memory):
    """A campaign that was killed long ago, 1 s after a run had begun; its id, and the program
    that was run."""
    cut = run_campaign(
        settings(), memory, stops=[lambda p: "interrupted" if p.evaluations >= 20 else None]
    )
    id_, origin = cut.campaign_id, cut.references[0].candidate_id
    begin(memory, Run(id_, origin, "smoke", 7))
    started = time.time() - 99
    memory.connection.execute("UPDATE in_flight SET started = ?", (started,))
    hand_over(memory, id_, 2**22 + 1, heartbeat=started + 1)
    return id_, origin


def charged_for_cut_off(memory):
    """The device time of each entry for a run that was cut off, in seconds."""
    rows = memory.rows(
        "SELECT amount FROM ledger WHERE note LIKE 'cut off: %' AND unit = 'device_s' ORDER BY id"
    )
    return [row["amount"] for row in rows]


def test_a_verification_after_a_kill_charges_what_was_cut_off(memory, killed):
    id_, origin = killed
    recheck(memory, [origin], "origin", tier="quick")
    for _ in range(2):
        resume_campaign(memory, id_, stops=[lambda p: "interrupted"])
    assert charged_for_cut_off(memory) == [pytest.approx(1)], "while its process lived, once"


def test_a_resume_that_is_killed_at_once_makes_nothing_dearer(memory, killed, monkeypatch):
    id_, _ = killed

    def killed_here(*args, **keywords):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("discover.search.campaign.runner.ledger.charge_once", killed_here)
        resume_campaign(memory, id_)
    resume_campaign(memory, id_, stops=[lambda p: "interrupted"])
    assert charged_for_cut_off(memory) == [pytest.approx(1)]


def test_a_run_that_began_after_the_last_sign_is_free_for_ever(memory, killed):
    id_, _ = killed
    hand_over(memory, id_, 2**22 + 1, heartbeat=time.time() - 100)
    for _ in range(2):
        resume_campaign(memory, id_, stops=[lambda p: "interrupted"])
    assert charged_for_cut_off(memory) == [0]


def test_what_was_cut_off_is_told_in_the_order_in_which_it_began(memory, killed):
    id_, _ = killed
    waiting = [p.candidate.id for p in candidates.proposals(memory, id_)][::-1]
    for one in waiting:
        begin(memory, Run(id_, one, "quick", 7))
    memory.connection.executemany(
        "UPDATE in_flight SET started = ? WHERE candidate = ? AND tier = 'quick'",
        enumerate(waiting),
    )
    told = []
    resume_campaign(
        memory, id_, observers=[lambda turn, _: told.append(turn)], stops=[lambda p: "interrupted"]
    )
    words = [turn.message for turn in told if isinstance(turn, Warned)]
    assert len(waiting) > 9
    assert [said for said in words if "quick was cut off" in said] == [
        f"{one} quick was cut off: run again" for one in waiting
    ]

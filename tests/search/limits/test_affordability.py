"""Whether what is left pays for the next run, and for the verification after it."""

from functools import partial
from pathlib import Path

import pytest

from discover.evaluators.domain import Tier
from discover.memory import open_memory
from discover.sandbox import Limits
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.affordability import NextTooDear, VerificationDue
from discover.search.limits.budget import Budget, Unit
from discover.search.limits.run_times import RunTimes
from discover.search.limits.stop import Progress
from discover.search.setup.settings import Settings

TOY = Path(__file__).parents[1] / "domains" / "toy.py"
SMOKE, QUICK = Tier("smoke", Limits(), 10, ranks=False), Tier("quick", Limits(), 30)


def at(wall=0.0, device=0.0, reserved=0.0):
    spent = {Unit.WALL: wall, Unit.DEVICE: device}
    return Progress(spent, 0, None, 0, {Unit.DEVICE: reserved})


def test_the_next_run_is_too_dear_where_it_takes_more_than_is_left():
    stop = NextTooDear(Budget.parse("100s"), RunTimes(QUICK), lambda: [SMOKE, QUICK])
    assert stop(at(wall=60)) is None, "just enough is left"
    assert (
        stop(at(wall=65))
        == "35 s of wall time are left to search, what comes next takes about 40 s"
    )


def test_what_is_in_flight_counts_as_gone_for_the_next_run():
    stop = NextTooDear(Budget.parse("0.1gpuh"), RunTimes(QUICK), lambda: [QUICK])
    assert stop(at(device=300)) is None
    assert "device time" in stop(at(device=300, reserved=40))


def test_the_next_run_is_as_dear_as_those_before_it():
    times = RunTimes(QUICK)
    stop = NextTooDear(Budget.parse("100s"), times, lambda: [SMOKE, QUICK])
    assert stop(at()) is None
    times.note("quick", 90.0)
    assert "takes about 120 s" in stop(at())


def test_the_smallest_verification_is_kept_for_in_time():
    due = VerificationDue(Budget.parse("600s"), RunTimes(QUICK), slots=1)
    # Six runs at 1.25 times their price, and the one that may just have begun: 8.5 * 30 s.
    assert due(at(wall=344)) is None
    assert due(at(wall=345)) == "what is left is kept for verification"


def test_two_slots_work_off_wall_time_twice_as_fast():
    due = VerificationDue(Budget.parse("600s"), RunTimes(QUICK), slots=2)
    assert due(at(wall=457)) is None and due(at(wall=458)) is not None


def test_nothing_is_kept_that_would_take_more_than_half():
    times = RunTimes(QUICK)
    due = VerificationDue(Budget.parse("500s"), times, slots=1)
    assert due(at(wall=499)) is None
    times.note("quick", 29.0)
    assert due(at(wall=499)) is not None


def test_a_budget_of_evaluations_alone_keeps_no_seconds():
    assert VerificationDue(Budget.parse("50evals"), RunTimes(QUICK), 1)(at(wall=1e6)) is None


@pytest.fixture
def alone(tmp_path):
    """The toy domain with nothing to verify against, and quick runs of 30 s, as it says."""
    file = tmp_path / "alone.py"
    source = TOY.read_text()
    for before, after in (
        ('{"origin": Candidate', '{} and {"origin": Candidate'),
        ("cpu_s=5), 0.01)", "cpu_s=5), 30)"),
    ):
        assert source.count(before) == 1
        source = source.replace(before, after)
    file.write_text(source)
    with open_memory(tmp_path / "m.db") as memory:
        yield partial(Settings, str(file), slots=1, value_model=False), memory


def test_with_nothing_to_verify_every_evaluation_is_spent(alone):
    settings, memory = alone
    summary = run_campaign(settings(Budget.parse("12evals")), memory)
    assert summary.spent["evaluations"] == 12


def test_with_nothing_to_verify_no_time_is_kept(alone):
    settings, memory = alone
    cut = run_campaign(
        settings(Budget.parse("600s")), memory, stops=[lambda progress: "interrupted"]
    )
    memory.connection.execute("UPDATE campaigns SET wall_s = 400 WHERE id = ?", (cut.campaign_id,))
    again = resume_campaign(
        memory, stops=[lambda progress: "enough" if progress.evaluations else None]
    )
    assert again.reason == "enough"

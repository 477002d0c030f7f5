"""Whether what is left pays for the next run, and for the verification after it."""

from discover.evaluators.domain import Tier
from discover.sandbox import Limits
from discover.search.affordability import NextTooDear, VerificationDue
from discover.search.budget import Budget, Unit
from discover.search.run_times import RunTimes
from discover.search.stop import Progress

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

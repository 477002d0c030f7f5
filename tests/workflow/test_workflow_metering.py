"""The meter of one item: rounds of wishes, their limits, and what a child may not ask."""

import threading

import pytest

from discover.evaluators.task_model import ModelFailed, Reply
from discover.evaluators.workflow.metering import MAX_BRANCH, ItemLimits, Meter


class Model:
    """Says which sample it was asked for; `count` calls have to wait at the same time."""

    name = "samples"

    def __init__(self, count=1):
        self.calls = []
        self.all_here = threading.Barrier(count, timeout=10)

    def reply(self, call):
        self.calls.append(call)
        self.all_here.wait()
        return Reply(str(call.sample), tokens=40, seconds=2.5)


def wish(branch):
    words = {"prompt": "the same", "role": "", "temperature": 0.0, "max_tokens": 9}
    return {**words, "branch": branch}


def test_calls_of_one_round_go_out_at_once_and_are_waited_for_once():
    meter = Meter(Model(2), ItemLimits())
    first, second = meter.serve([wish(1), wish(2)])
    assert first["text"] != second["text"], "equal prompts of two branches are two samples"
    assert (meter.calls, meter.tokens, meter.seconds) == (2, 80, 2.5)


@pytest.mark.parametrize("branches", [(1, 2), (2, 1)])
@pytest.mark.parametrize(
    "limits,made", [(ItemLimits(calls=1), 1), (ItemLimits(tokens=50), 2)], ids=["calls", "tokens"]
)
def test_a_limit_meets_a_round_branch_by_branch(branches, limits, made):
    meter = Meter(Model(made), limits)
    told = dict(zip(branches, meter.serve([wish(b) for b in branches]), strict=True))
    assert "text" in told[1]
    assert told[2]["error"] == "CallRefused" and "for one item" in told[2]["message"]
    assert (meter.calls, meter.tokens) == (made, 40 * made), "what was made is charged"


@pytest.mark.parametrize(
    "other,message",
    [
        ({"temperature": 10**400}, "a finite number that a float can hold"),
        ({"temperature": -(10**400)}, "a finite number that a float can hold"),
        ({"temperature": float("inf")}, "a finite number that a float can hold"),
        ({"temperature": float("nan")}, "a finite number that a float can hold"),
        ({"branch": 10**5000}, "a branch is a number from 0"),
        ({"branch": MAX_BRANCH + 1}, "a branch is a number from 0"),
        ({"branch": -1}, "a branch is a number from 0"),
        ({"branch": "1"}, "a call has a prompt"),
    ],
)
def test_a_number_out_of_bounds_is_refused(other, message):
    meter = Meter(model := Model(), ItemLimits())
    refused, told = meter.serve([wish(0) | other, wish(MAX_BRANCH)])
    assert refused["error"] == "CallRefused" and message in refused["message"]
    assert "text" in told and meter.calls == len(model.calls) == 1


def test_how_calls_go_out_does_not_change_what_they_took():
    together, apart = Meter(Model(2), ItemLimits()), Meter(Model(), ItemLimits())
    together.serve([wish(1), wish(2)])
    apart.serve([wish(1)])
    apart.serve([wish(2)])
    assert together.asked_s == apart.asked_s == 5.0
    assert (together.seconds, apart.seconds) == (2.5, 5.0), "how long they were waited for"


def test_a_call_that_fails_takes_its_time():
    class Failing(Model):
        def reply(self, call):
            raise ModelFailed("timed out", seconds=4.0)

    heard = []
    meter = Meter(Failing(), ItemLimits(), waiting=heard.append)
    assert "timed out" in meter.serve([wish(0)])[0]["message"]
    assert heard == [meter.asked_s] == [4.0]

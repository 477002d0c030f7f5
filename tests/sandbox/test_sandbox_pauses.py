"""Wall time counts while the child is waited for, and its end says how much CPU it got."""

import time

import pytest

from discover.sandbox import LimitExceeded, Limits, Sandbox

FUNCTIONS = "discover.sandbox.harness:functions"
SOURCE = "import time\ndef nap(seconds):\n    time.sleep(seconds)\n    return 1\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(preload=[FUNCTIONS.partition(":")[0]]) as opened:
        yield opened


def test_a_pause_between_two_calls_is_not_the_childs_doing(sandbox):
    session = sandbox.session(Limits(wall_s=2, cpu_s=2))
    with session.open(FUNCTIONS, SOURCE) as worker:
        assert worker.call("call", function="nap", args=[0])["value"] == 1
        time.sleep(2.5)  # as when everything was stopped, and goes on
        assert worker.call("call", function="nap", args=[0])["value"] == 1
    with session.open(FUNCTIONS, SOURCE) as another:
        assert another.call("call", function="nap", args=[0])["value"] == 1


def test_a_child_that_sleeps_too_long_is_told_how_little_cpu_it_used(sandbox):
    session = sandbox.session(Limits(wall_s=1, cpu_s=1))
    with session.open(FUNCTIONS, SOURCE) as worker, pytest.raises(LimitExceeded) as ended:
        worker.call("call", function="nap", args=[60])
    assert ended.value.resource == "wall"
    assert "1 s of wall time" in ended.value.message
    assert "s of CPU in them: it waited, or the machine was busy" in ended.value.message

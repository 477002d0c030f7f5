"""What any executor must do. Subclass ExecutorContract and give it `make_executor`."""

import pytest

from discover.sandbox import (
    Cancelled,
    CandidateDied,
    Job,
    LimitExceeded,
    Limits,
    SandboxUnavailable,
)

FUNCTIONS = "discover.sandbox.harness:functions"
SOURCE = """
import os, time

def double(n):
    return 2 * n

def sleep(seconds):
    time.sleep(seconds)

def leave():
    os._exit(1)

def loop():
    while True:
        pass
"""


def call(function, *args, session):
    with session.open(FUNCTIONS, SOURCE) as worker:
        return worker.call("call", function=function, args=list(args))["value"]


def fail(session):
    raise KeyError("ours")


def lose_the_sandbox(session):
    raise SandboxUnavailable("lost")


def job(id_, function, *args, **limits):
    return Job(id_, _Call(function, args), Limits(**limits))


class _Call:
    """A picklable job: one function of SOURCE, in a fresh child."""

    def __init__(self, function, args):
        self.function, self.args = function, args

    def __call__(self, session):
        return call(self.function, *self.args, session=session)


def collect(executor, count):
    completions = [executor.next(timeout=60) for _ in range(count)]
    assert None not in completions
    return {completion.job_id: completion for completion in completions}


class ExecutorContract:
    """Tests that every executor passes, whatever runs behind it."""

    def make_executor(self, slots):
        raise NotImplementedError

    @pytest.fixture
    def executor(self):
        made = self.make_executor(2)
        yield made
        made.close()

    def test_all_jobs_complete_with_their_values_and_costs(self, executor):
        for n in range(5):
            executor.submit(job(str(n), "double", n))
        done = collect(executor, 5)
        assert {id_: c.value for id_, c in done.items()} == {str(n): 2 * n for n in range(5)}
        for completion in done.values():
            assert completion.error is None
            assert completion.usage.cpu_s > 0
            assert completion.device_s > 0
            assert completion.isolation in ("S0", "S1", "S2", "S3")
        assert executor.next(timeout=60) is None

    def test_nothing_in_flight_means_no_completion_at_once(self, executor):
        # Without a timeout: where it waited for work, it would wait for ever.
        assert executor.next() is None

    def test_next_gives_up_after_its_timeout(self, executor):
        executor.submit(job("slow", "sleep", 60))
        assert executor.next(timeout=0.1) is None
        assert executor.cancel("slow")

    def test_results_arrive_out_of_order_and_a_hung_child_delays_nobody(self, executor):
        executor.submit(job("hung", "sleep", 1000))
        for n in range(3):
            executor.submit(job(str(n), "double", n))
        assert set(collect(executor, 3)) == {"0", "1", "2"}
        assert executor.cancel("hung")
        assert isinstance(collect(executor, 1)["hung"].error, Cancelled)

    def test_a_waiting_job_can_be_cancelled_and_still_completes(self, executor):
        for n in range(2):
            executor.submit(job(f"hung-{n}", "sleep", 1000))
        executor.submit(job("waiting", "double", 1))
        assert executor.cancel("waiting")
        assert isinstance(collect(executor, 1)["waiting"].error, Cancelled)
        assert not executor.cancel("waiting")

    def test_only_what_is_in_flight_can_be_cancelled(self, executor):
        assert not executor.cancel("unknown")
        executor.submit(job("a", "double", 1))
        collect(executor, 1)
        assert not executor.cancel("a")

    def test_an_id_in_flight_is_refused_and_a_done_one_is_not(self, executor):
        executor.submit(job("a", "sleep", 1000))
        with pytest.raises(ValueError, match="'a' is in flight"):
            executor.submit(job("a", "double", 1))
        executor.cancel("a")
        collect(executor, 1)
        executor.submit(job("a", "double", 1))
        assert collect(executor, 1)["a"].value == 2

    def test_failures_belong_to_their_job_alone(self, executor):
        executor.submit(job("died", "leave"))
        executor.submit(job("looped", "loop", cpu_s=0.3))
        executor.submit(Job("ours", fail, Limits()))
        executor.submit(job("fine", "double", 4))
        done = collect(executor, 4)
        assert isinstance(done["died"].error, CandidateDied)
        assert isinstance(done["looped"].error, LimitExceeded)
        assert done["looped"].error.resource == "cpu"
        assert done["looped"].usage.cpu_s >= 0.3
        assert isinstance(done["ours"].error, KeyError)
        assert done["fine"].value == 8

    def test_a_lost_sandbox_is_nobodys_score(self, executor):
        executor.submit(Job("lost", lose_the_sandbox, Limits()))
        assert isinstance(collect(executor, 1)["lost"].error, SandboxUnavailable)

    def test_close_ends_what_runs_and_can_be_repeated(self):
        executor = self.make_executor(1)
        executor.submit(job("running", "sleep", 100_000))
        executor.submit(job("waiting", "sleep", 100_000))
        # Waiting for the jobs would take longer than any run of the tests may.
        executor.close()
        executor.close()
        with pytest.raises(ValueError, match="closed"):
            executor.submit(job("late", "double", 1))

"""The local executor: the contract, and what happens when the sandbox itself breaks."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from discover.sandbox import Job, Limits, LocalExecutor, SandboxUnavailable

sys.path.insert(0, str(Path(__file__).parent))
from executor_contract import ExecutorContract, collect, job


class TestLocalExecutor(ExecutorContract):
    def make_executor(self, slots):
        return LocalExecutor(slots)


def test_slots_are_counted():
    with pytest.raises(ValueError, match="at least one slot, got 0"):
        LocalExecutor(0)


def zygotes():
    mine = psutil.Process().children(recursive=True)
    return [p for p in mine if "zygote_main" in " ".join(p.cmdline())]


class KillZygote:
    """A job that kills the zygote under its own child, the first `times` times."""

    def __init__(self, times):
        self.times = times

    def __call__(self, session):
        with session.open("discover.sandbox.harness:functions", "def f():\n    return 1") as worker:
            if self.times:
                self.times -= 1
                for process in zygotes():
                    os.kill(process.pid, signal.SIGKILL)
            return worker.call("call", function="f")["value"]


@pytest.mark.skipif(sys.platform != "linux", reason="zygotes are Linux's")
def test_a_dead_zygote_is_restarted_and_the_job_retried_once():
    executor = LocalExecutor(1)
    try:
        executor.submit(Job("once", KillZygote(1), Limits()))
        assert collect(executor, 1)["once"].value == 1
        executor.submit(Job("twice", KillZygote(2), Limits()))
        assert isinstance(collect(executor, 1)["twice"].error, SandboxUnavailable)
        executor.submit(job("after", "double", 3))
        assert collect(executor, 1)["after"].value == 6
    finally:
        executor.close()
    assert zygotes() == []


def open_files():
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.skipif(sys.platform != "linux", reason="counts through /proc")
def test_many_evaluations_leave_nothing_behind():
    executor = LocalExecutor(2)
    seen = []
    try:
        for round_ in range(4):
            for n in range(50):
                executor.submit(job(f"{round_}-{n}", "double", n))
            done = collect(executor, 50)
            assert all(completion.error is None for completion in done.values())
            seen.append((open_files(), len(psutil.Process().children(recursive=True))))
    finally:
        executor.close()
    assert len(set(seen)) == 1
    assert zygotes() == []

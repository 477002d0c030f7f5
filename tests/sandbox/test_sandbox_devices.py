"""Device slots: single-use spares that stand ready, shown with a stand-in for a GPU."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from discover.sandbox import (
    CPU,
    CandidateError,
    Device,
    Job,
    Limits,
    LocalExecutor,
    Sandbox,
    SandboxUnavailable,
    cuda_devices,
)

sys.path.insert(0, str(Path(__file__).parent))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="spares come from the zygote")

FULL = Device("fake", 3, ("/dev/full",), "stand_in_device:start")
HARNESS = "stand_in_device:harness"


def context_of(session):
    with session.open(HARNESS, "") as worker:
        return session.device, worker.call("context")


def test_each_child_of_a_device_slot_started_its_own_context_before_the_layers():
    executor = LocalExecutor(devices=[FULL, replace(FULL, index=4)], preload=["stand_in_device"])
    try:
        assert executor.slots == 2
        for n in range(6):
            executor.submit(Job(str(n), context_of, Limits()))
        done = [executor.next(timeout=60) for _ in range(6)]
    finally:
        executor.close()
    assert [completion.error for completion in done] == [None] * 6
    kinds, contexts = zip(*(completion.value for completion in done), strict=True)
    assert set(kinds) == {"fake"}
    assert all(context["mine"] and context["again"] for context in contexts)
    assert {context["index"] for context in contexts} <= {3, 4}


def test_a_spare_opens_its_own_device_only():
    with Sandbox(devices=[FULL], preload=["stand_in_device"]) as sandbox:
        session = sandbox.session(Limits(), FULL)
        with session.open(HARNESS, "") as worker, pytest.raises(CandidateError, match="/dev/zero"):
            worker.call("escape")
        with (
            sandbox.session(Limits(), CPU).open(HARNESS, "") as worker,
            pytest.raises(CandidateError, match="Permission denied: '/dev/full'"),
        ):
            worker.call("context")


def test_the_time_a_device_takes_to_start_is_not_the_candidates():
    with Sandbox(devices=[FULL], preload=["stand_in_device"]) as sandbox:
        context_of(sandbox.session(Limits(), FULL))
        with sandbox.session(Limits(cpu_s=0.2), FULL).open(HARNESS, "") as worker:
            assert worker.call("context")["mine"]


def test_a_device_that_does_not_start_is_the_sandboxs_failure():
    broken = replace(FULL, start="stand_in_device:refuse")
    with (
        Sandbox(devices=[broken], preload=["stand_in_device"]) as sandbox,
        pytest.raises(SandboxUnavailable, match="no device 3"),
    ):
        context_of(sandbox.session(Limits(), broken))


def test_gpus_are_found_by_their_device_files(tmp_path):
    for name in ("nvidia0", "nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm", "nvidia-caps"):
        (tmp_path / name).touch()
    found = cuda_devices(tmp_path)
    assert [str(device) for device in found] == ["cuda:0", "cuda:2", "cuda:10"]
    assert found[1].files == tuple(
        str(tmp_path / name) for name in ("nvidia2", "nvidiactl", "nvidia-uvm")
    )
    assert cuda_devices(tmp_path / "none") == []

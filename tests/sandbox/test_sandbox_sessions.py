"""Sessions and workers: what an honest candidate and a clumsy one get."""

import pytest

from discover.sandbox import (
    ArraySpec,
    BytesSpec,
    CandidateDied,
    CandidateError,
    LimitExceeded,
    Limits,
    Sandbox,
    SandboxUnavailable,
)
from discover.sandbox.fresh import FreshLauncher
from discover.sandbox.session import SandboxSession

FUNCTIONS = "discover.sandbox.harness:functions"
SOURCE = """
import numpy as np
print("loaded")

def table(n):
    return np.arange(n * 3.0).reshape(n, 3)

def double(array):
    return array * 2

def fail():
    return 1 / 0

def text(size):
    return b"x" * size

def environment():
    import os
    return dict(os.environ)

def leave():
    import os
    os._exit(3)
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as opened:
        yield opened


@pytest.fixture(params=["zygote", "fresh"])
def session(request, sandbox):
    """A session as this machine has it, and one of fresh processes as macOS would."""
    limits = Limits(wall_s=60, cpu_s=20)
    if request.param == "fresh":
        return SandboxSession(FreshLauncher(), limits, "S1")
    return sandbox.session(limits)


def test_arrays_travel_both_ways(session):
    with session.open(FUNCTIONS, SOURCE) as worker:
        spec = ArraySpec("float64", (2, 3))
        answer = worker.call("call", function="table", args=[2], returns={"value": spec})
        assert answer["value"].tolist() == [[0, 1, 2], [3, 4, 5]]
        plain = worker.call("call", function="table", args=[1])
        assert plain == {"value": [[0, 1, 2]]}
        assert worker.output == "loaded\n"


def test_a_wrong_shape_says_what_was_expected_and_what_came(session):
    with session.open(FUNCTIONS, SOURCE) as worker:
        with pytest.raises(CandidateError) as caught:
            worker.call(
                "call", function="table", args=[2], returns={"value": ArraySpec("float64", (2, 4))}
            )
        assert caught.value.message == "value: expected float64 (2, 4), got float64 (2, 3)"
        assert worker.call("call", function="table", args=[1]) == {"value": [[0, 1, 2]]}


def test_bytes_are_bounded_by_what_was_asked(session):
    with session.open(FUNCTIONS, SOURCE) as worker:
        small = worker.call("call", function="text", args=[4], returns={"value": BytesSpec(5)})
        assert small["value"] == b"xxxx"
        with pytest.raises(CandidateError, match="expected at most 5 bytes, got bytes of 6"):
            worker.call("call", function="text", args=[6], returns={"value": BytesSpec(5)})


def test_an_error_names_its_line(session):
    with session.open(FUNCTIONS, SOURCE) as worker:
        with pytest.raises(CandidateError, match="ZeroDivisionError") as caught:
            worker.call("call", function="fail")
        assert caught.value.line == 1 + SOURCE[: SOURCE.index("1 / 0")].count("\n")


def test_a_syntax_error_names_its_line(session):
    with (
        pytest.raises(CandidateError, match="SyntaxError") as caught,
        session.open(FUNCTIONS, "x = 1\ndef f(:\n"),
    ):
        pass
    assert caught.value.line == 2


def test_death_is_the_candidates_own_result(session):
    with (
        session.open(FUNCTIONS, SOURCE) as worker,
        pytest.raises(CandidateDied, match="exited with code 3"),
    ):
        worker.call("call", function="leave")
    assert session.usage.cpu_s > 0
    with session.open(FUNCTIONS, SOURCE) as worker:
        assert worker.call("names")["names"]


def test_the_environment_holds_only_what_was_put_there(session, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with session.open(FUNCTIONS, SOURCE) as worker:
        found = worker.call("call", function="environment")["value"]
    assert "secret" not in str(found)
    assert set(found) <= {
        "PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
        "PYTORCH_NVML_BASED_CUDA_CHECK",
    }  # fmt: skip


def test_a_session_without_time_left_opens_no_child(sandbox):
    session = sandbox.session(Limits(wall_s=0.0))
    with pytest.raises(LimitExceeded, match="wall"), session.open(FUNCTIONS, SOURCE):
        pass


def test_limits_end_a_child_and_name_themselves(session):
    loops = "def f():\n    while True:\n        pass"
    tight = Limits(cpu_s=0.3)
    with (
        session.open(FUNCTIONS, loops, limits=tight) as worker,
        pytest.raises(LimitExceeded, match=r"used more than the 0\.3 s of CPU time") as caught,
    ):
        worker.call("call", function="f")
    assert caught.value.resource == "cpu"
    assert session.usage.cpu_s >= 0.3


def test_a_preloaded_module_that_starts_threads_is_refused(tmp_path, monkeypatch):
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()\n"
    (tmp_path / "starts_threads.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    with (
        Sandbox(preload=["starts_threads"]) as broken,
        pytest.raises(SandboxUnavailable, match="started threads: 2"),
        broken.session(Limits()).open(FUNCTIONS, SOURCE),
    ):
        pass

"""The layers themselves: the filter's verdicts, the probe, the levels, what is refused."""

import errno
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from discover.sandbox import Limits, Sandbox, SandboxUnavailable, probe
from discover.sandbox.isolation import bpf, confine, seccomp, view
from discover.sandbox.isolation.confine import LAYERS, Plan
from discover.sandbox.isolation.syscalls import MACHINES
from discover.sandbox.launch import boot_command
from discover.sandbox.levels import Attack, IsolationReport, Layer, at_least

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
PID = 77
EPERM, ENOSYS = bpf.ERRNO | errno.EPERM, bpf.ERRNO | errno.ENOSYS


@pytest.fixture(params=sorted(MACHINES))
def verdict(request):
    """What the filter says of a call, by name, on each machine."""
    machine = MACHINES[request.param]
    program = seccomp.build(machine, PID, threads=True)

    def judge(name, *arguments):
        return bpf.run(program, machine.numbers[name], machine.audit_arch, arguments)

    return judge


def test_the_filter_allows_what_torch_needs(verdict):
    for name in ("read", "futex", "openat", "munmap", "clock_gettime", "getrandom", "exit_group"):
        assert verdict(name) == bpf.ALLOW
    assert verdict("clone", 0x3D0F00) == bpf.ALLOW  # what pthread_create asks for
    assert verdict("mmap", 0, 4096, 3, 0x22) == bpf.ALLOW  # private, anonymous
    assert verdict("mmap", 0, 4096, 3, 0x1, 5) == bpf.ALLOW  # a shared file
    assert verdict("tgkill", PID, PID, 6) == bpf.ALLOW  # abort()
    assert verdict("prlimit64", 0, 7, 0, 1) == bpf.ALLOW  # reads its own
    assert verdict("fcntl", 3, 3) == bpf.ALLOW


def test_the_filter_refuses_what_leads_out(verdict):
    assert verdict("clone", 17) == EPERM  # fork
    assert verdict("clone", 0x4111) == EPERM  # vfork
    assert verdict("clone", 0x3D0F00 | 0x10000000) == EPERM  # a user namespace
    assert verdict("clone3") == ENOSYS
    assert verdict("mmap", 0, 4096, 3, 0x21) == EPERM  # shared, anonymous
    assert verdict("mmap", 0, 4096, 3, 0x23) == EPERM  # the same by its other name
    assert verdict("mmap", 0, 4096, 3, 0x40022) == EPERM  # huge pages
    assert verdict("tgkill", PID + 1, PID, 9) == EPERM
    assert verdict("tgkill", PID | 1 << 32, PID, 9) == EPERM
    assert verdict("prlimit64", 0, 7, 4096, 0) == EPERM
    assert verdict("prlimit64", 0, 7, 1 << 32, 0) == EPERM
    assert verdict("prlimit64", PID, 7, 0, 4096) == EPERM
    assert verdict("fcntl", 3, 8) == EPERM  # F_SETOWN
    assert verdict("ioctl", 0, 0x5412) == EPERM  # TIOCSTI
    assert verdict("prctl", 1) == EPERM  # PR_SET_PDEATHSIG
    for name in ("seccomp", "landlock_restrict_self", "pivot_root"):
        assert verdict(name) == EPERM


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_calls_of_another_machine_kill(name):
    machine = MACHINES[name]
    program = seccomp.build(machine, PID)
    other = next(m for m in MACHINES.values() if m is not machine)
    assert bpf.run(program, machine.numbers["read"], other.audit_arch, []) == bpf.KILL_PROCESS
    if name == "x86_64":  # the x32 calls share the architecture's number
        x32 = machine.numbers["read"] | 0x40000000
        assert bpf.run(program, x32, machine.audit_arch, []) == EPERM


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_who_has_one_thread_starts_no_other(name):
    machine = MACHINES[name]
    program = seccomp.build(machine, PID)
    clone = bpf.run(program, machine.numbers["clone"], machine.audit_arch, [0x3D0F00])
    assert clone == bpf.ERRNO | errno.EAGAIN


def test_devices_need_their_ioctls():
    machine = MACHINES["x86_64"]
    program = seccomp.build(machine, PID, devices=True)
    assert bpf.run(program, machine.numbers["ioctl"], machine.audit_arch, [3, 0x46]) == bpf.ALLOW


def test_a_jump_too_far_is_an_error():
    with pytest.raises(ValueError, match="256 instructions"):
        bpf.when_equal(1, bpf.allow() * 256)


def test_levels_follow_from_the_layers():
    assert Plan().level == "S3"
    assert replace(Plan(), namespaces=False).level == "S2"
    assert replace(Plan(), seccomp=False).level == "S1"
    assert replace(Plan(), landlock=False).level == "S1"
    assert confine.UNSAFE.level == "S0"
    assert at_least("S3", "S2")
    assert not at_least("S1", "S2")
    with pytest.raises(ValueError, match="expected an isolation level of S0, S1, S2, S3, got 'S9'"):
        at_least("S9", "S1")


def test_reasons_name_what_stands_in_the_way():
    report = IsolationReport(
        "S1",
        (Layer("seccomp", True), Layer("landlock", False, "no such call")),
        (Attack("fork", False, "succeeded"), Attack("exec", True, "stopped")),
    )
    assert report.reasons == ("landlock: no such call", "fork: succeeded")


@linux_only
def test_the_probe_finds_by_doing_what_holds_here():
    report = probe()
    assert {layer.name for layer in report.layers} == set(LAYERS)
    assert len(report.attacks) == 12
    if all(layer.active for layer in report.layers):
        assert report.level == "S3"
        assert [attack for attack in report.attacks if not attack.stopped] == []


@linux_only
@pytest.mark.parametrize(
    ("layer", "level"), [("namespaces", "S2"), ("landlock", "S1"), ("seccomp", "S1")]
)
def test_a_layer_that_fails_is_left_out_named_and_lowers_the_level(layer, level, monkeypatch):
    """With one layer's first step made to fail in the zygote, as on a kernel without it."""
    hook = Path(__file__).with_name("without_layer.py").read_text()

    def hooked(module, boot):
        *command, code, boot_json = boot_command(module, boot)
        code = code.replace("\nfrom", f"\nLAYER = {layer!r}\n{hook}\nfrom")
        return [*command, code, boot_json]

    monkeypatch.setattr("discover.sandbox.zygote.boot_command", hooked)
    report = probe()
    assert report.level == level
    inactive = {found.name: found.reason for found in report.layers if not found.active}
    assert inactive == {layer: "[Errno 38] made to fail"}
    stopped = {attack.name: attack.stopped for attack in report.attacks}
    assert stopped["map anonymous shared memory"] is (layer != "seccomp")
    with pytest.raises(SandboxUnavailable, match=f"S3 was demanded.*offers {level}: {layer}"):
        Sandbox(min_isolation="S3")


def test_contradictions_and_unknown_levels_are_refused():
    with pytest.raises(ValueError, match="no isolation of S2"):
        Sandbox(min_isolation="S2", unsafe=True)
    with pytest.raises(ValueError, match="got 'S4'"):
        Sandbox(min_isolation="S4")


@linux_only
def test_unsafe_is_s0_and_puts_nothing_on():
    with Sandbox(unsafe=True) as sandbox:
        assert sandbox.isolation == "S0"
        session = sandbox.session(Limits())
        source = "import os\ndef f():\n    return os.getuid(), len(os.listdir('/proc'))"
        with session.open("discover.sandbox.harness:functions", source) as worker:
            uid, entries = worker.call("call", function="f")["value"]
    assert uid == os.getuid()
    assert entries > 1


@linux_only
def test_a_checkout_shows_its_packages_only(tmp_path, monkeypatch):
    package = tmp_path / "shown_package"
    for name in ("__init__.py", "module.py", "campaign.db", "inner/__init__.py", "data/x.csv"):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("shown_package")
    shown = [p for p in view.library_paths(["shown_package"]) if p.startswith(str(tmp_path))]
    expected = ["__init__.py", "inner", "module.py"]
    assert sorted(shown) == [str(package / name) for name in expected]


@linux_only
@pytest.mark.parametrize("level", ["S3", "S2"])
def test_libraries_can_be_imported_late_but_not_what_candidates_are_judged_by(level):
    here = Path(__file__).parent
    command = [here / "late_imports.py", level]
    if os.geteuid() == 0:  # nobody may not read an interpreter in /root without namespaces
        command = [here / "ordinary_user.py", "1000", *command]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    answers = json.loads(done.stdout)
    hidden = {"pydoc_data.topics", "discover.evaluators.linear_attention.tasks"}
    assert hidden < answers.keys()
    assert {name for name, answer in answers.items() if answer != "loaded"} == hidden


def test_what_is_hidden_is_left_out_and_all_else_kept(tmp_path):
    for name in ("lib/a.so", "lib/python/help/text", "lib/python/wave.py", "other/b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "lib/link").symlink_to(tmp_path / "elsewhere")
    tops = [str(tmp_path / name) for name in ("lib", "other")]
    kept = view.without(tops, [str(tmp_path / "lib/python/help")])
    expected = ["lib/a.so", "lib/python/wave.py", "other"]
    assert sorted(kept) == [str(tmp_path / name) for name in expected]


LEAVING = """
import os, sys, threading
from discover.sandbox import Limits
from discover.sandbox.fresh import FreshLauncher
from discover.sandbox.isolation.confine import UNSAFE, Plan
from discover.sandbox.session import SandboxSession
from discover.sandbox.zygote import ZygoteLauncher
launcher = {
    "S3": lambda: ZygoteLauncher(Plan()),
    "S1": lambda: ZygoteLauncher(Plan(namespaces=False, landlock=False, seccomp=False)),
    "S0": lambda: ZygoteLauncher(UNSAFE),
    "fresh": FreshLauncher,
}[sys.argv[1]]()
source = '''
import os, time
def daemon():
    first = os.fork()
    if first == 0:
        os.setsid()
        time.sleep(1000)
    return first
def hang():
    time.sleep(1000)
'''
session = SandboxSession(launcher, Limits(), "")
with session.open("discover.sandbox.harness:functions", source) as worker:
    if sys.argv[2] == "daemon":
        print(worker.call("call", function="daemon")["value"], flush=True)
    print(worker.supervisor._child.pid, flush=True)
    threading.Timer(0.3, lambda: os.kill(os.getpid(), 9)).start()
    worker.call("call", function="hang")
"""


@linux_only
@pytest.mark.parametrize(
    ("level", "left"),
    [("S3", "child"), ("S1", "daemon"), ("S0", "daemon"), ("fresh", "child")],
)
def test_all_that_was_started_ends_with_a_parent_that_is_killed(level, left):
    """In the middle of an evaluation; what could fork has left a process in another session."""
    command = [sys.executable, "-c", LEAVING, level, left]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == -9, done.stderr
    processes = [Path("/proc", pid) for pid in done.stdout.split()]
    assert len(processes) == (2 if left == "daemon" else 1)
    waited = threading.Event()
    for _ in range(100):
        if not any(process.exists() for process in processes):
            return
        waited.wait(0.1)
    raise AssertionError(f"of {processes} some outlived the parent")

"""The hostile corpus: what each candidate must come to, and how it is run and judged.

python tests/sandbox/corpus.py S3 S2      the table of docs/security.md
python tests/sandbox/corpus.py without    what gets through without each layer

Run the last, and S1, as root only: their candidates are nobody then, and reach nothing of yours.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from discover.sandbox import (
    CandidateDied,
    CandidateError,
    LimitExceeded,
    Limits,
    ProtocolViolation,
)
from discover.sandbox.isolation.confine import Plan
from discover.sandbox.isolation.namespaces import SCRATCH
from discover.sandbox.session import SandboxSession
from discover.sandbox.zygote import ZygoteLauncher

FUNCTIONS = "discover.sandbox.harness:functions"
PLANS = {
    "S3": Plan(),
    "S2": Plan(namespaces=False),
    "S1": Plan(namespaces=False, landlock=False, seccomp=False),
}
LIMITS = Limits(wall_s=30.0, cpu_s=1.0, memory_bytes=128 << 20)
PATIENCE = replace(LIMITS, wall_s=0.5)
"""For candidates that only wait: no machine is so busy that these could do anything else."""
THREADS = dict.fromkeys(
    ("burn_cpu_on_threads", "more_threads_than_allowed", "change_after_answering"), 5
)
"""Candidates that are allowed some threads; all others have one."""

_EXPECTED = {
    "resources": {
        "loop_ignoring_signals": "cpu",
        "sleep_forever": "wall",
        "stop_itself": "wall",
        "burn_cpu_on_threads": "cpu",
        "hundred_gigabytes": "memory",
        "one_huge_array": "memory",
        "thread_bomb": "refused",
        "native_threads": "harmless",
        "more_threads_than_allowed": "refused",
        "fork_bomb": "refused",
        "segfault": "died",
        "abort": "died",
        "overflow_the_stack": "died|refused|cpu",
        "flood_stdout": "output",
        "flood_stderr_raw": "output",
        "open_many_files": "refused",
        "fill_page_tables": "refused|memory",
        "fill_the_scratch_folder": "refused",
        "make_many_files": "refused",
        "huge_sparse_file": "refused",
    },
    "files": {
        "read_secret": "refused",
        "read_secret_by_climbing": "refused",
        "read_secret_through_proc_root": "refused",
        "read_home": "refused",
        "read_passwords": "refused",
        "read_the_repository": "refused",
        "read_the_help_topics": "harmless",
        "read_the_examiner": "harmless",
        "overwrite_secret": "refused",
        "delete_secret": "refused",
        "change_permissions": "refused",
        "touch_times": "refused",
        "link_to_secret": "refused",
        "poison_a_library": "refused",
        "poison_the_sandbox": "refused",
        "leave_in_shared_memory_folder": "refused",
        "remount_writable": "refused",
        "leave_the_root": "refused",
        "open_by_handle": "refused",
    },
    "secrets": {
        "search_environment": "harmless",
        "read_parent_environment": "refused",
        "read_any_environment": "harmless|refused",
        "search_objects": "harmless",
        "search_frames": "harmless",
        "use_inherited_descriptors": "harmless",
        "read_parent_memory": "refused",
        "read_keyring": "refused",
    },
    "network": {
        "connect_tcp": "refused",
        "send_udp": "refused",
        "connect_abstract": "refused",
        "connect_unix": "refused",
        "listen": "refused",
        "resolve_a_name": "refused",
        "talk_to_the_kernel": "refused",
        "run_an_event_loop": "refused",
    },
    "processes": {
        "kill_parent": "refused",
        "kill_everyone": "refused",
        "kill_the_zygote": "refused",
        "kill_parent_by_thread": "refused",
        "signal_through_a_descriptor": "refused",
        "trace_parent": "refused",
        "read_parent_by_vm": "refused",
        "lower_parent_limits": "refused",
        "raise_own_limits": "refused",
        "pin_parent": "refused",
        "renice": "refused",
        "fork_a_daemon": "refused",
        "run_a_shell": "refused",
        "become_a_shell": "refused",
        "run_from_memory": "refused",
        "spawn": "refused",
        "enter_user_namespace": "refused",
        "clone_into_namespaces": "refused",
        "set_up_io_uring": "refused",
        "load_a_program_into_the_kernel": "refused",
        "clear_death_signal": "refused",
        "become_root": "refused",
    },
    "memory": {
        "map_anonymous_shared": "refused",
        "map_the_zero_device": "refused",
        "fill_a_memory_file": "refused",
        "system_v_segment": "refused",
        "huge_pages": "refused",
        "lock_in_memory": "refused",
        "fill_pipes": "refused",
        "swap_out_a_mapping": "refused|died",
    },
    "protocol": {
        "garbage": "violation",
        "huge_head": "violation",
        "huge_body": "violation",
        "deep_json": "violation",
        "huge_number": "violation",
        "uninvited_array": "violation",
        "lying_shape": "violation",
        "object_array": "violation",
        "answer_that_is_a_list": "violation",
        "blame_the_sandbox": "violation",
        "half_a_frame": "wall",
        "drip_a_frame": "wall",
        "hang_up": "died",
        "leave_quietly": "died",
        "pass_a_descriptor": "refused",
        "steer_the_terminal": "refused",
        "error_without_words": "refused",
        "exit_politely": "refused",
    },
    "scores": {
        "patch_the_clock": "harmless",
        "patch_the_metric": "harmless|violation",
        "patch_the_wire": "violation",
        "rewrite_at_exit": "refused",
        "change_after_answering": "harmless",
        "answer_not_a_number": "harmless",
        "remember_calls": "harmless",
        "leave_a_note": "harmless|refused",
        "leave_a_module": "harmless",
    },
}
"""By family and candidate, what must come of it at S3. "refused": its call failed, and it
was told so; "harmless": it ran, and got nothing; "died", "violation", or the limit's name."""


PRELOAD = ["asyncio", "encodings.idna", "fcntl", "mmap", "resource", "subprocess"]
"""What candidates import: without namespaces, nobody may not read an interpreter in /root."""

TOO_DANGEROUS = frozenset({"fork_bomb", "kill_everyone"})
"""Never run where neither a pid namespace nor the filter stands in the way."""


@dataclass(frozen=True)
class Case:
    """One hostile candidate and the outcomes that are right for it."""

    family: str
    name: str
    expected: frozenset[str]

    @property
    def source(self) -> str:
        return Path(__file__).with_name("hostile").joinpath(f"{self.family}.py").read_text()


CASES = [
    Case(family, name, frozenset(outcomes.split("|")))
    for family, cases in _EXPECTED.items()
    for name, outcomes in cases.items()
]


@dataclass(frozen=True)
class Outcome:
    """What came of a candidate: a word of the table, and what was said."""

    status: str
    detail: str


class World:
    """What lies around a child, and must be the same when it is gone."""

    def __init__(self, folder: Path) -> None:
        self.mark = f"canary-{secrets.token_hex(16)}"
        self.secret = folder / "secret"
        self.secret.write_text(self.mark)
        self.secret.chmod(0o666)
        folder.chmod(0o777)
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        self.abstract = socket.socket(socket.AF_UNIX)
        self.name = f"discover-world-{secrets.token_hex(8)}"
        self.abstract.bind(f"\0{self.name}")
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "socket"))
        (folder / "socket").chmod(0o777)
        for listener in (self.abstract, self.unix):
            listener.listen()
        for line in (self.tcp, self.udp, self.abstract, self.unix):
            line.setblocking(False)
        self._before = self._state()

    @property
    def targets(self) -> dict[str, object]:
        """What a hostile candidate is told about its victim."""
        return {
            "secret": str(self.secret),
            "parent": os.getpid(),
            "port": self.tcp.getsockname()[1],
            "abstract": self.name,
            "unix": str(self.secret.with_name("socket")),
            "scratch": SCRATCH,
            "package": str(Path(__file__).parents[2]),
        }

    def changes(self) -> list[str]:
        """What is not as it was before."""
        now = self._state()
        return [key for key, value in self._before.items() if now[key] != value]

    def _state(self) -> dict[str, object]:
        me = psutil.Process()
        status = self.secret.stat() if self.secret.exists() else None
        return {
            "the secret": status and (self.secret.read_text(), status.st_mode, status.st_nlink),
            "the secret's time": status and status.st_mtime_ns,
            "connections": [self._caller(line) for line in (self.tcp, self.abstract, self.unix)],
            "datagrams": self._datagram(),
            "shared memory": sorted(Path("/dev/shm").glob("discover*")),
            "affinity and priority": (sorted(os.sched_getaffinity(0)), me.nice()),
            "limits": me.rlimit(psutil.RLIMIT_NOFILE),
        }

    def _caller(self, listener: socket.socket) -> bool:
        with suppress(BlockingIOError):
            listener.accept()[0].close()
            return True
        return False

    def _datagram(self) -> bytes:
        with suppress(BlockingIOError):
            return self.udp.recv(100)
        return b""

    def close(self) -> None:
        for line in (self.tcp, self.udp, self.abstract, self.unix):
            line.close()


@contextmanager
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="discover-world-") as folder:
        made = World(Path(folder))
        try:
            yield made
        finally:
            made.close()


def run_case(case: Case, launcher: ZygoteLauncher, level: str, around: World) -> Outcome:
    """Run one candidate in two fresh children after another, and say what came of it."""
    outcome = Outcome("harmless", "")
    for _ in range(2 if case.family == "scores" else 1):
        limits = PATIENCE if case.expected == {"wall"} else LIMITS
        limits = replace(limits, threads=THREADS.get(case.name, 1))
        session = SandboxSession(launcher, limits, level)
        outcome = _attempt(case, session, around)
        if case.name == "patch_the_clock" and session.usage.wall_s < 0.3:
            return Outcome("effect", "the parent's clock was changed")
    changes = around.changes()
    return Outcome("effect", f"changed: {', '.join(changes)}") if changes else outcome


def _attempt(case: Case, session: SandboxSession, around: World) -> Outcome:
    try:
        with session.open(FUNCTIONS, case.source) as worker:
            answer = worker.call("call", function=case.name, kwargs=around.targets)
            if case.name == "patch_the_wire":
                worker.call("names")
    except LimitExceeded as failure:
        return _said(failure.resource, failure.message, failure.output, around)
    except CandidateDied as failure:
        return _said("died", failure.message, failure.output, around)
    except ProtocolViolation as failure:
        return _said("violation", failure.message, failure.output, around)
    except CandidateError as failure:
        return _said("refused", failure.message, failure.output, around)
    value = answer["value"]
    if isinstance(value, dict) and not any(value["answer"]):
        value = None  # change_after_answering came too late
    if value and value == value:  # a NaN is reported as such, and gains nothing
        return Outcome("effect", str(value)[:60])
    return _said("harmless", "", "", around)


def _said(status: str, message: str, output: str, around: World) -> Outcome:
    if around.mark in message + output:
        return Outcome("effect", "the secret came out")
    unsafe = [c for c in message + output if not c.isprintable() and c not in "\n\t"]
    return Outcome("effect", f"unprintable: {unsafe}") if unsafe else Outcome(status, message)


def table(levels: list[str]) -> Iterator[str]:
    """The corpus at each of `levels`, as lines of Markdown. What is wrong is said aside."""
    yield f"| family | candidate | {' | '.join(levels)} |"
    yield "|---" * (2 + len(levels)) + "|"
    runs = [dict(outcomes(PLANS[level])) for level in levels]
    for case in CASES:
        found = [run.get(case, Outcome("not run", "")) for run in runs]
        for level, outcome in zip(levels, found, strict=True):
            if outcome.status not in case.expected:
                print(
                    f"{case.name} at {level}: {outcome.status}, {outcome.detail}", file=sys.stderr
                )
        statuses = " | ".join(outcome.status for outcome in found)
        yield f"| {case.family} | {case.name.replace('_', ' ')} | {statuses} |"


def outcomes(plan: Plan) -> Iterator[tuple[Case, Outcome]]:
    """Every candidate, and what comes of it behind the layers of `plan`."""
    launcher = ZygoteLauncher(plan, preload=PRELOAD)
    try:
        for case in CASES:
            if plan.namespaces or plan.seccomp or case.name not in TOO_DANGEROUS:
                with world() as around:
                    yield case, run_case(case, launcher, plan.level, around)
    finally:
        launcher.close()


def without() -> Iterator[str]:
    """For each layer, the candidates that get something once it alone is missing."""
    yield "| without | these get something |"
    yield "|---|---|"
    for name, plan in {
        "namespaces (S2)": PLANS["S2"],
        "Landlock": replace(Plan(), landlock=False),
        "seccomp": replace(Plan(), seccomp=False),
        "namespaces, Landlock and seccomp (S1)": PLANS["S1"],
    }.items():
        through = [case.name for case, outcome in outcomes(plan) if outcome.status == "effect"]
        yield f"| {name} | {', '.join(through) or 'none'} |"


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["S3"]
    for line in without() if wanted == ["without"] else table(wanted):
        print(line, flush=True)

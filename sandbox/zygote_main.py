"""The zygote: a process that has imported everything, and forks a child per candidate.

It runs nobody's code but ours, holds no secret, and never has a second thread. On its
control socket come requests, each with three descriptors: the child's channel, the pipe for
its output, and a socket for reports: first the child's pidfd, and at its end how it ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from . import child
from .isolation import confine, linux, namespaces, view
from .isolation.confine import LayerError, Plan, Surroundings
from .rlimits import MAX_THREADS, Footprint, footprint, limit_this_process

READY, FAILED = b"ready", b"failed"


def main(boot: dict[str, Any]) -> None:
    """Prepare as `boot` says, report, serve until the parent hangs up."""
    control = socket.socket(fileno=boot["control"])
    plan = Plan(**boot["plan"])
    os.umask(0o022)
    try:
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        pids = _enter(plan, control)
        around = _prepare(boot, plan)
    except (LayerError, ImportError, OSError) as error:
        reason = [getattr(error, "layer", ""), str(error)]
        control.send(FAILED + json.dumps(reason).encode())
        return
    zygote = Zygote(control, plan, around, proc, pids)
    linux.adopt_orphans()
    control.send(READY)
    _silence()
    zygote.serve()


def _enter(plan: Plan, control: socket.socket) -> int:
    """Enter namespaces, as their first process; returns a descriptor of the pid namespace."""
    if not plan.namespaces:
        return -1
    with confine.layer("namespaces"):
        namespaces.enter_as_zygote()
        first = os.fork()
    if first:
        control.close()
        os.waitpid(first, 0)
        os._exit(0)
    linux.die_with_parent()
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _prepare(boot: dict[str, Any], plan: Plan) -> Surroundings:
    """Import and warm up what children will use, then shut the door."""
    environment = dict(os.environ)
    for module in boot["preload"]:
        importlib.import_module(module)
    if "torch" in sys.modules:
        from .warm import warm_up

        warm_up()
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise ImportError(f"a preloaded module started threads: {threads} cannot be forked")
    os.environ.clear()  # of what libraries added
    os.environ.update(environment)
    random.seed(0)
    np.random.seed(0)
    packages = {
        __package__.partition(".")[0],
        *(name.partition(".")[0] for name in boot["preload"]),
    }
    visible = view.library_paths(sorted(packages))
    hidden = view.hidden_paths(visible)
    readable = view.without(visible, hidden)
    around = Surroundings(visible, hidden, readable, boot["devices"])
    confine.shut_zygote_in(plan, around)
    gc.collect()
    gc.freeze()
    return around


def _silence() -> None:
    """Nothing that the zygote prints from here on goes anywhere."""
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


@dataclass(frozen=True)
class Zygote:
    """Serves requests for children, and reports their ends. `pids` is -1 without namespaces."""

    control: socket.socket
    plan: Plan
    around: Surroundings
    proc: int
    pids: int

    def serve(self) -> None:
        """Until the parent hangs up; all that was started here ends with it."""
        reports: dict[int, tuple[int, socket.socket]] = {}
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        while True:
            for ready, _ in poll.poll():
                if ready != self.control.fileno():
                    poll.unregister(ready)
                    pid, report = reports.pop(ready)
                    end = _reap(pid)
                    self._end_all_but({pid for pid, _ in reports.values()})
                    _report(report, end)
                    os.close(ready)
                elif (request := _receive_request(self.control)) is None:
                    self._end_all_but(set())
                    return
                else:
                    pid, report = self._spawn(*request)
                    pidfd = os.pidfd_open(pid)
                    _send_descriptor(report, pidfd)
                    reports[pidfd] = (pid, report)
                    poll.register(pidfd, select.POLLIN)

    def _end_all_but(self, known: set[int]) -> None:
        """End what children left behind where they could fork; its orphans come to us.

        A pid namespace does that itself.
        """
        if self.plan.namespaces or self.plan.seccomp:
            return
        while orphans := [p.pid for p in psutil.Process().children() if p.pid not in known]:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _spawn(self, channel: int, output: int, report: int) -> tuple[int, socket.socket]:
        """Fork a child, which never returns from here."""
        if self.plan.namespaces:
            linux.unshare(linux.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            self._be_child(channel, output)
        if self.plan.namespaces:
            linux.setns(self.pids, linux.CLONE_NEWPID)
        os.close(channel)
        os.close(output)
        return pid, socket.socket(fileno=report)

    def _be_child(self, channel: int, output: int) -> None:
        proc, line = _keep_only(channel, output, self.proc)
        os.setsid()
        failure: LayerError | None = None
        try:
            confine.give_up_privileges(self.plan, proc)
        except LayerError as error:
            failure = error

        def begin(start: dict[str, Any]) -> dict[str, Any]:
            if failure is not None:
                raise failure
            base = footprint(proc)
            os.close(proc)
            return self._begin(start, base)

        with contextlib.suppress(ConnectionError):
            child.serve(line, begin)
        os._exit(0)

    def _begin(self, start: dict[str, Any], base: Footprint) -> dict[str, Any]:
        """Bind the child to its limits. Threads come first: some are counted, none started."""
        threads, devices = start["threads"], start["devices"]
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(threads)
        # A device's driver starts threads as it likes; outside a user namespace of its own
        # the child's are counted together with everything that its user runs.
        counted = self.plan.namespaces and not devices
        confine.lock(
            self.plan,
            replace(self.around, devices=devices),
            lambda: limit_this_process(
                cpu_s=start["cpu_s"],
                memory_bytes=start["memory_bytes"],
                base=base,
                threads=threads if counted else MAX_THREADS,
                address_space=not devices,
            ),
            threads=threads > 1 or bool(devices),
        )
        return {}


def _keep_only(channel: int, output: int, proc: int) -> tuple[int, socket.socket]:
    """Close every descriptor but these; returns the moved `proc` and the channel."""
    high = max(channel, output, proc, 16) + 1
    os.dup2(proc, high)
    os.dup2(channel, high + 1)
    os.dup2(output, high + 2)
    for standard in (1, 2):
        os.dup2(high + 2, standard)
    os.dup2(high + 1, 3)
    os.dup2(high, 4)
    os.closerange(5, os.sysconf("SC_OPEN_MAX"))
    return 4, socket.socket(fileno=3)


def _receive_request(control: socket.socket) -> tuple[int, int, int] | None:
    """The three descriptors of one request, or None when the parent has hung up."""
    data, descriptors, _, _ = socket.recv_fds(control, 16, 3)
    if not data:
        return None
    channel, output, report = descriptors
    return channel, output, report


def _send_descriptor(report: socket.socket, descriptor: int) -> None:
    with contextlib.suppress(ConnectionError):
        socket.send_fds(report, [b"pidfd"], [descriptor])


def _reap(pid: int) -> dict[str, float]:
    """How the child ended, and what it used, for the parent's Exit."""
    _, status, usage = os.wait4(pid, 0)
    cpu_s = usage.ru_utime + usage.ru_stime
    return {"status": status, "cpu_s": cpu_s, "peak_rss_bytes": usage.ru_maxrss * 1024}


def _report(report: socket.socket, end: dict[str, float]) -> None:
    with contextlib.suppress(ConnectionError):
        report.send(json.dumps(end).encode())
    report.close()

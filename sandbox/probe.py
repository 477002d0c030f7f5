"""What isolation this machine offers, found by doing.

A throwaway child is started with every layer; a layer that fails is left out and the next
child tries without it. What remains is then attacked from inside.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .contract import CandidateDied, CandidateFailure, Limits
from .fresh import FreshLauncher
from .isolation.confine import LAYERS, LayerError, Plan
from .launch import Launcher
from .levels import Attack, IsolationReport, Layer
from .session import SandboxSession
from .zygote import ZygoteLauncher

_HARNESS = f"{__package__}.attacks:attacks"
_LIMITS = Limits(wall_s=300, cpu_s=10)
"""CPU time bounds what is tried; on a busy machine its wall time can be many times that."""


@dataclass(frozen=True)
class Finding:
    """The strongest plan that works here, and what was found on the way to it."""

    plan: Plan
    report: IsolationReport


def probe() -> IsolationReport:
    """The level that this machine offers, its layers, and the attacks that were tried."""
    return find_isolation().report


def find_isolation() -> Finding:
    """Try the layers, then the attacks. Takes about half a CPU-second."""
    if sys.platform != "linux":
        plan = Plan(namespaces=False, landlock=False, seccomp=False)
        reasons = {name: f"not on {sys.platform}" for name in LAYERS if not getattr(plan, name)}
        return _finding(plan, reasons, _attack(FreshLauncher()))
    plan, reasons = Plan(), dict[str, str]()
    while True:
        launcher = ZygoteLauncher(plan, preload=[_HARNESS.partition(":")[0]])
        try:
            return _finding(plan, reasons, _attack(launcher))
        except LayerError as error:
            if not getattr(plan, error.layer, False):
                raise
            plan = replace(plan, **{error.layer: False})
            reasons[error.layer] = error.reason
        finally:
            launcher.close()


def _finding(plan: Plan, reasons: dict[str, str], attacks: tuple[Attack, ...]) -> Finding:
    level = plan.level
    if level in ("S2", "S3") and not all(attack.stopped for attack in attacks):
        level = "S1"
    layers = tuple(Layer(name, getattr(plan, name), reasons.get(name, "")) for name in LAYERS)
    return Finding(plan, IsolationReport(level, layers, attacks))


def _attack(launcher: Launcher) -> tuple[Attack, ...]:
    """Let throwaway children try to get out; each attack that kills its child succeeded."""
    session = SandboxSession(launcher, _LIMITS, "probe")
    done: list[Attack] = []
    with _targets() as targets:
        with session.open(_HARNESS, "") as worker:
            names = list(worker.call("names")["names"])
        while len(done) < len(names):
            done += _attack_until_death(session, names[len(done) :], targets)
    return tuple(done)


def _attack_until_death(
    session: SandboxSession, names: list[str], targets: dict[str, Any]
) -> Iterator[Attack]:
    with session.open(_HARNESS, "") as worker:
        for name in names:
            try:
                answer = worker.call(name, **targets)
            except CandidateDied:
                yield Attack(name, False, "succeeded")
                return
            except CandidateFailure as failure:
                yield Attack(name, True, f"stopped: {failure.message}")
                return
            yield Attack(name, bool(answer["stopped"]), str(answer["outcome"]))


@contextmanager
def _targets() -> Iterator[dict[str, Any]]:
    """A secret file, a TCP listener, a UDP port, an abstract socket, and this process."""
    name = f"discover-probe-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="discover-probe-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        secret = Path(folder, "secret")
        secret.write_text(name)
        secret.chmod(0o666)
        Path(folder).chmod(0o777)
        port = listener.getsockname()[1]
        with _abstract_listener(name):
            yield {"secret": str(secret), "parent": os.getpid(), "port": port, "name": name}


@contextmanager
def _abstract_listener(name: str) -> Iterator[None]:
    if sys.platform != "linux":
        yield
        return
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0" + name)
        listener.listen()
        yield

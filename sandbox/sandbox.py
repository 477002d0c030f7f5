"""The sandbox of one process: it chooses how children are launched and opens sessions."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from types import TracebackType

from .contract import Limits, SandboxUnavailable
from .devices import CPU, Device
from .fresh import FreshLauncher
from .isolation.confine import UNSAFE, Plan
from .launch import Launcher
from .levels import IsolationReport, at_least
from .probe import find_isolation
from .session import SandboxSession
from .spares import SpareLauncher
from .zygote import ZygoteLauncher


class Sandbox:
    """Opens sessions of untrusted children.

    `preload` names modules that are trusted and loaded, once, before any candidate: the
    harnesses, or just "torch"; what is not named here each child imports anew. Below
    `min_isolation` it refuses to run: at once where more than S1 is demanded. `unsafe`
    runs at S0, without any layer, whatever the machine offers. `devices` are those that
    sessions may ask for.

    Raises SandboxUnavailable where the demanded level cannot be had, ValueError for a
    level that does not exist or contradicts `unsafe`.
    """

    def __init__(
        self,
        *,
        preload: Sequence[str] = (),
        min_isolation: str = "S1",
        unsafe: bool = False,
        devices: Sequence[Device] = (CPU,),
    ) -> None:
        demanding = at_least(min_isolation, "S2")
        if unsafe and demanding:
            raise ValueError(f"without a sandbox there is no isolation of {min_isolation}")
        if min_isolation == "S0" and not unsafe:
            min_isolation = "S1"
        self._preload = tuple(preload)
        self._min_isolation = min_isolation
        self._unsafe = unsafe
        self._device_files = sorted({file for device in devices for file in device.files})
        self._lock = threading.Lock()
        self._launcher: Launcher | None = None
        self._report: IsolationReport | None = None
        self._spares: dict[Device, SpareLauncher] = {}
        if demanding:
            self._prepare()

    @property
    def report(self) -> IsolationReport:
        """What is active here, found by doing when it is first asked for."""
        _, report = self._prepare()
        return report

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        return self.report.level

    def session(self, limits: Limits, device: Device = CPU) -> SandboxSession:
        """A session on `device` whose clock starts now. Cheap, after the first."""
        launcher, report = self._prepare()
        if device.start:
            launcher = self._spares_of(device, launcher)
        return SandboxSession(launcher, limits, report.level, device)

    def close(self) -> None:
        """End what runs. Idempotent."""
        with self._lock:
            for spares in self._spares.values():
                spares.close()
            if self._launcher is not None:
                self._launcher.close()

    def _spares_of(self, device: Device, launcher: Launcher) -> SpareLauncher:
        with self._lock:
            if device not in self._spares:
                self._spares[device] = SpareLauncher(launcher, device)
            return self._spares[device]

    def _prepare(self) -> tuple[Launcher, IsolationReport]:
        """Probe once, refuse what is too weak, choose the launcher."""
        with self._lock:
            if self._launcher is None or self._report is None:
                plan, self._report = self._choose_plan()
                self._launcher = self._choose_launcher(plan)
            return self._launcher, self._report

    def _choose_plan(self) -> tuple[Plan, IsolationReport]:
        if self._unsafe:
            return UNSAFE, IsolationReport("S0", (), ())
        found = find_isolation()
        if not at_least(found.report.level, self._min_isolation):
            why = "; ".join(found.report.reasons)
            raise SandboxUnavailable(
                f"isolation {self._min_isolation} was demanded, "
                f"this machine offers {found.report.level}: {why}"
            )
        return found.plan, found.report

    def _choose_launcher(self, plan: Plan) -> Launcher:
        if sys.platform == "linux":
            return ZygoteLauncher(plan, preload=self._preload, devices=self._device_files)
        return FreshLauncher(preload=self._preload)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

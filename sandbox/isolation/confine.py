"""The layers in their order: what the zygote, and then each child, puts on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields

from ..contract import SandboxUnavailable
from . import landlock, linux, namespaces, seccomp, view


@dataclass(frozen=True)
class Plan:
    """Which layers are put on. One that is planned and fails stops the child."""

    namespaces: bool = True
    landlock: bool = True
    seccomp: bool = True
    rlimits: bool = True

    @property
    def level(self) -> str:
        """S3 with all layers, S2 without namespaces, S1 with resource limits, S0 bare."""
        if not self.rlimits:
            return "S0"
        if not (self.landlock and self.seccomp):
            return "S1"
        return "S3" if self.namespaces else "S2"


LAYERS = tuple(field.name for field in fields(Plan))
UNSAFE = Plan(namespaces=False, landlock=False, seccomp=False, rlimits=False)


class LayerError(SandboxUnavailable):
    """A planned layer could not be put on."""

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer = layer
        self.reason = reason


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Errors of the system become a LayerError of this name."""
    try:
        yield
    except OSError as error:
        raise LayerError(name, str(error)) from error


@dataclass(frozen=True)
class Surroundings:
    """What a child may see: paths to list and read but for those `hidden`, and devices to use.

    `readable` is the same in other words: all paths that may be read.
    """

    visible: Sequence[str]
    hidden: Sequence[str]
    readable: Sequence[str]
    devices: Sequence[str] = ()


def shut_zygote_in(plan: Plan, around: Surroundings) -> None:
    """Close the root over a zygote that has imported all it needs."""
    if plan.namespaces:
        with layer("namespaces"):
            namespaces.close_root(
                visible=[*around.visible, *view.CPU_DETAILS],
                hidden=around.hidden,
                copied=view.PROC_FILES,
                devices=(*view.DEVICES, *around.devices),
            )


def give_up_privileges(plan: Plan, proc: int) -> None:
    """The child's first steps, before it has heard of any candidate."""
    if plan == UNSAFE:
        linux.die_with_parent()
        return
    linux.set_dumpable(False)
    if plan.namespaces:
        with layer("namespaces"):
            namespaces.enter_as_child(proc)
        os.chdir(namespaces.SCRATCH)
    else:
        namespaces.become_nobody()
    with layer("privileges"):
        linux.drop_capabilities()
        linux.set_no_new_privileges()
        linux.die_with_parent()


def lock(plan: Plan, around: Surroundings, limit: Callable[[], None], *, threads: bool) -> None:
    """The child's last steps: `limit` its resources, then Landlock, then the filter.

    `threads` says whether it may start any.
    """
    if plan.rlimits:
        with layer("rlimits"):
            limit()
    if plan.landlock:
        with layer("landlock"):
            landlock.restrict(
                read=[*around.readable, *view.CPU_DETAILS, *view.PROC_FILES],
                list_=around.visible,
                write=[namespaces.SCRATCH] if plan.namespaces else [],
                devices=[*view.DEVICES, *around.devices],
            )
    if plan.seccomp:
        with layer("seccomp"):
            seccomp.install(os.getpid(), threads=threads, devices=bool(around.devices))

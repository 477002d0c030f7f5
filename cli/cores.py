"""The machine's cores, and slots beyond them."""

from __future__ import annotations

import os

import typer

from .border import complain


def cores() -> int:
    """Those that this process may use, where the system says it: a container has fewer."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def warned_of_cores(
    context: typer.Context, option: typer.CallbackParam, slots: int | None
) -> int | None:
    """Say, as the callback of --slots, where more are asked for than the machine has cores."""
    asked = context.get_parameter_source(option.name or "")
    if slots is not None and slots > cores() and getattr(asked, "name", "") != "DEFAULT":
        complain(
            f"--slots {slots}: more than the cores here ({cores()}), so evaluations wait for each "
            "other: no more of them end in an hour, and a time limit may cut some off"
        )
    return slots

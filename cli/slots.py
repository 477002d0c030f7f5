"""How many evaluations run at a time."""

from __future__ import annotations

import typer

from ..cores import cores
from .border import complain

MOST_SLOTS = 1024
"""As `MAX_SLOTS` of search/lifecycle/start.py, which is slow to import."""


def warn_beyond_cores(
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

"""One campaign from start to end: watched, interruptible, reported, with its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from ..memory import MemoryFault
from ..memory.campaigns import CampaignStatus
from ..sandbox import SandboxUnavailable
from ..search.budget import Budget
from ..search.events import Event, EventKind, Observer
from ..search.interrupt import Interruption, interruption
from ..search.stop import Progress, SignalFile, Stagnation, StopCondition, TargetScore
from ..search.summary import Summary
from .border import ExitCode, complain
from .ending import report
from .watch import watching

STOPPING = "stopping after what is running; Ctrl-C again stops now, and loses nothing stored"
GO_ON = "`discover resume` goes on from what is stored"
STOPPED_AT_ONCE = f"stopped at once; {GO_ON}"

Search = Callable[[Sequence[Observer], Sequence[StopCondition]], Summary]
"""A campaign that only lacks who watches it and what else may stop it."""


def conduct(search: Search, budget: Budget, *, as_json: bool) -> None:
    """Run `search` to its end and report it; exits where that is not plainly done.

    The first Ctrl-C stops the search in good order, a second one at once.
    """
    begun = False

    def note_start(event: Event, progress: Progress) -> None:
        nonlocal begun
        begun = True

    try:
        with interruption() as asked, watching(budget, as_json=as_json) as observer:
            summary = search([note_start, Announcer(observer, asked)], [asked])
    except KeyboardInterrupt:
        raise typer.Exit(complain(STOPPED_AT_ONCE, ExitCode.INTERRUPTED)) from None
    except (MemoryFault, SandboxUnavailable) as fault:
        if not begun:
            raise
        raise typer.Exit(complain(f"aborted: {fault}; {GO_ON}", ExitCode.ABORTED)) from fault
    print(json.dumps(summary.to_dict(), indent=2) if as_json else f"\n{report(summary)}")
    code = exit_code(summary, interrupted=asked.asked)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


@dataclass
class Announcer:
    """Says once, before the next event, that a stop was asked for; passes all events on."""

    observer: Observer
    asked: Interruption
    said: bool = False

    def __call__(self, event: Event, progress: Progress) -> None:
        if self.asked.asked and not self.said:
            self.said = True
            self.observer(Event(EventKind.WARNING, STOPPING), progress)
        self.observer(event, progress)


def exit_code(summary: Summary, *, interrupted: bool) -> ExitCode:
    """What the command's exit status says about how a campaign ended."""
    if interrupted and summary.status is CampaignStatus.STOPPED:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if summary.best else ExitCode.NOTHING_SCORED


def stop_conditions(
    direction: str, target: float | None, patience: int | None, stop_file: Path | None
) -> list[StopCondition]:
    """The stop conditions that the user asked for; `direction` is the objective's."""
    stops: list[StopCondition] = []
    if target is not None:
        stops.append(TargetScore(target, 1 if direction == "max" else -1))
    if patience is not None:
        stops.append(Stagnation(patience))
    if stop_file is not None:
        stops.append(SignalFile(stop_file))
    return stops

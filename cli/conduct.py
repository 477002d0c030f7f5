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
from ..search.campaign.turns import Observer, Turn, Warned
from ..search.limits.budget import Budget
from ..search.limits.interrupt import Interruption, interruption
from ..search.limits.stop import (
    Progress,
    SignalFile,
    Stagnation,
    StopCondition,
    TargetScore,
    target_fault,
)
from ..search.report.summary import Summary
from .begun import Begun
from .border import ExitCode, UserError, complain
from .ending import report
from .log import logging_to
from .watch import watching

STOPPING = "stopping after what is running; Ctrl-C again stops now, and loses nothing stored"

Search = Callable[[Sequence[Observer], Sequence[StopCondition]], Summary]
"""A campaign that only lacks who watches it and what else may stop it."""


def conduct(
    search: Search,
    budget: Budget,
    *,
    db: Path,
    log: Path | None = None,
    as_json: bool = False,
    must_run: bool = False,
) -> None:
    """Run `search` to its end and report it; exits where that is not plainly done.

    Where it `must_run` something and its budget began nothing, that budget was too small.
    The first Ctrl-C stops the search in good order, a second one at once.
    """
    begun = Begun()
    try:
        with (
            interruption() as asked,
            logging_to(log) as logs,
            watching(budget, as_json=as_json) as view,
        ):
            summary = search([begun, Announcer([view, *logs], asked)], [asked])
    except KeyboardInterrupt:
        line = f"stopped at once; {_go_on(begun.campaign, db)}"
        raise typer.Exit(complain(line, ExitCode.INTERRUPTED)) from None
    except (MemoryFault, SandboxUnavailable) as fault:
        if not begun.campaign:
            raise
        line = f"aborted: {fault}; {_go_on(begun.campaign, db)}"
        raise typer.Exit(complain(line, ExitCode.ABORTED)) from fault
    print(json.dumps(summary.to_dict(), indent=2) if as_json else f"\n{report(summary)}")
    code = exit_code(summary, interrupted=asked.asked)
    if must_run and not begun.ran and code is ExitCode.DONE:
        code = ExitCode.TOO_LITTLE
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


@dataclass
class Announcer:
    """Passes all turns on; says once, before the next one, that a stop was asked for."""

    observers: Sequence[Observer]
    asked: Interruption
    said: bool = False

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if self.asked.asked and not self.said:
            self.said = True
            self._pass_on(Warned(STOPPING), progress)
        self._pass_on(turn, progress)

    def _pass_on(self, turn: Turn, progress: Progress) -> None:
        for observer in self.observers:
            observer(turn, progress)


def exit_code(summary: Summary, *, interrupted: bool) -> ExitCode:
    """What the command's exit status says about how a campaign ended."""
    if interrupted and summary.status is CampaignStatus.STOPPED:
        return ExitCode.INTERRUPTED
    if summary.best:
        return ExitCode.DONE
    to_blame = summary.failures and not summary.too_slow
    return ExitCode.NONE_RAN_WELL if to_blame else ExitCode.TOO_LITTLE


def stop_conditions(
    sign: int, target: float | None, patience: int | None, stop_file: Path | None
) -> list[StopCondition]:
    """The stop conditions that the user asked for; `sign` is the objective's.

    Raises UserError for a target that is no number, and for a stop file that is there already.
    """
    stops: list[StopCondition] = []
    if target is not None:
        if fault := target_fault(target):
            raise UserError(f"--{fault}")
        stops.append(TargetScore(target, sign))
    if patience is not None:
        stops.append(Stagnation(patience))
    if stop_file is not None:
        if stop_file.exists():
            raise UserError(f"--stop-file {stop_file} is there already: nothing would be searched")
        stops.append(SignalFile(stop_file))
    return stops


def _go_on(campaign: str, db: Path) -> str:
    """The command that goes on, where a campaign began or was taken up."""
    named = f" {campaign}" if campaign else ""
    return f"`discover resume{named} --db {db}` goes on from what is stored"

"""Who watches a campaign: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from ..search.campaign.turns import Observer, Turn
from ..search.limits.budget import Budget, Unit
from ..search.limits.stop import Progress
from .board import SMALL_TALK
from .text import duration, plain


@dataclass
class Lines:
    """Writes one line a turn. Goes silent where nobody reads any more."""

    stream: TextIO
    closed: bool = False

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if isinstance(turn, SMALL_TALK) or self.closed:
            return
        clock = duration(progress.spent.get(Unit.WALL, 0.0))
        try:
            print(f"{clock:>9}  {plain(turn.message)}", file=self.stream, flush=True)
        except BrokenPipeError:
            self.closed = True


@contextmanager
def watching(budget: Budget, *, as_json: bool) -> Iterator[Observer]:
    """The observer that fits where stdout goes; with `as_json`, stdout stays free."""
    if as_json or not _on_terminal(sys.stdout):
        yield Lines(sys.stderr if as_json else sys.stdout)
        return
    from .live import live_view

    with live_view(budget) as view:
        yield view


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """One line on stderr, with a clock, that what it yields rewrites; nothing off a terminal."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    shown = _on_terminal(sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("starting")
        yield lambda line: progress.update(task, description=plain(line))


def _on_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"

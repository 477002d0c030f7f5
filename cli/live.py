"""The live view of a campaign on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..search.campaign.turns import Claimed, Ended, Leads, Phase, Turn, Warned
from ..search.limits.budget import Budget, Unit
from ..search.limits.forecast import evaluations_left
from ..search.limits.stop import Progress
from .board import Board
from .ending import amount
from .text import duration

REDRAW_S = 0.2
TICKS_PER_S = 1
SHOWN_REFERENCES = 3
BAR_WIDTH = 12
_STYLES = {Leads: "green", Warned: "yellow", Claimed: "bold"}


class LiveView:
    """An observer that shows the board at most every `REDRAW_S` seconds, and its clock ticking.

    The clock goes on between turns, while a language model thinks, say. `clock` is in seconds.
    """

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self.refresh: Callable[[], None] = lambda: None
        self._budget = budget
        self._clock = clock
        self._board = Board()
        self._lock = Lock()
        self._last: tuple[Progress, float] | None = None
        self._drawn, self._ended = float("-inf"), False

    def __call__(self, turn: Turn, progress: Progress) -> None:
        now = self._clock()
        with self._lock:
            self._board.take(turn, progress.spent.get(Unit.WALL, 0.0))
            self._last, self._ended = (progress, now), isinstance(turn, Ended)
        if now - self._drawn >= REDRAW_S or isinstance(turn, Ended | Phase):
            self.refresh()
            self._drawn = now

    def picture(self) -> RenderableType:
        """The board at this moment. Another thread may ask for it."""
        with self._lock:
            if self._last is None:
                return ""
            progress, since = self._last
            waited = 0.0 if self._ended else self._clock() - since
            wall = progress.spent.get(Unit.WALL, 0.0) + waited
            by_now = replace(progress, spent={**progress.spent, Unit.WALL: wall})
            return draw(self._board, by_now, self._budget)


@contextmanager
def live_view(
    budget: Budget, console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[LiveView]:
    """A live view on `console`; what it showed last stays on the screen."""
    console = console or Console(markup=False, emoji=False, highlight=False)
    view = LiveView(budget, clock)
    with Live(
        console=console,
        get_renderable=view.picture,
        refresh_per_second=TICKS_PER_S,
        vertical_overflow="crop",
    ) as live:
        view.refresh = live.refresh
        yield view


def draw(board: Board, progress: Progress, budget: Budget) -> RenderableType:
    """The board as rich draws it. Texts are drawn as they are: never as markup."""
    about = Text(board.about, overflow="fold", style="dim")
    parts: list[RenderableType] = [about] if board.about else []
    parts += [_best(board, progress), _spent(progress, budget), _tiers(board)]
    parts += [_slots(board, progress), _last(board)]
    title = Text(board.title or "discover", style="bold")
    return Panel(Group(*parts), title=title, title_align="left", border_style="dim")


def _best(board: Board, progress: Progress) -> Table:
    rows = [("best", "none yet" if progress.best is None else f"{progress.best:.6g} {board.best}")]
    if progress.since_best:
        rows.append(("", f"{progress.since_best} scores since the best"))
    to_beat = board.strongest_references(SHOWN_REFERENCES)
    rows += [("to beat", f"{score:.6g} {name}") for name, score in to_beat]
    return _grid(rows)


def _spent(progress: Progress, budget: Budget) -> Table:
    """What was spent; what the runs in flight may still cost stands apart."""
    grid = _grid([])
    for unit in Unit:
        value, limit = progress.spent.get(unit, 0.0), budget.limits.get(unit)
        if limit is not None:
            bar = ProgressBar(total=limit, completed=min(value, limit), width=BAR_WIDTH)
            held = progress.reserved.get(unit, 0.0)
            more = f", up to {amount(unit, held)} in flight" if held else ""
            of = f"{amount(unit, value)} of {amount(unit, limit)}{more}"
            grid.add_row(unit.label, bar, Text(of))
        elif value:
            grid.add_row(unit.label, Text(""), Text(amount(unit, value)))
    left = evaluations_left(budget, progress.spent, progress.evaluations)
    if left is not None:
        grid.add_row("forecast", Text(""), Text(f"about {left:.0f} more evaluations"))
    return grid


def _tiers(board: Board) -> Table:
    rows = []
    for tier, ended in board.ended.items():
        without = board.scoreless[tier]
        rows.append((f"tier {tier}", f"{ended} ended" + (f", {without} unscored" * bool(without))))
    return _grid(rows)


def _slots(board: Board, progress: Progress) -> Table:
    clock = progress.spent.get(Unit.WALL, 0.0)
    works = board.running.values()
    return _grid(
        ("running", f"{work.candidate}  {work.tier}  {duration(max(0.0, clock - work.since))}")
        for work in works
    )


def _last(board: Board) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(min_width=12, style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for clock, told, message in board.last:
        grid.add_row(duration(clock), Text(message, style=_STYLES.get(told, "dim")))
    return grid


def _grid(rows: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(min_width=12, style="cyan", no_wrap=True)
    grid.add_column(overflow="ellipsis", no_wrap=True)
    grid.add_column(overflow="ellipsis", no_wrap=True)
    for name, value in rows:
        grid.add_row(name, Text(value))
    return grid

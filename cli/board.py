"""What a campaign's turns add up to, for a view to draw."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from ..search.campaign.turns import (
    Ended,
    Finished,
    Leads,
    Proposed,
    Running,
    Started,
    Tick,
    ToBeat,
    Turn,
)
from ..space import Status
from .text import plain

KEPT = 8
SMALL_TALK = (Tick, Proposed, Running, Ended)
"""What is not worth a line; the end is reported in full by itself."""


@dataclass
class Work:
    """A run in flight; `since` is the campaign's clock when it began, in seconds."""

    candidate: str
    tier: str
    since: float


@dataclass
class Board:
    """The state of the view. Everything textual on it has passed through `plain`."""

    title: str = ""
    about: str = ""
    sign: int = 1
    references: dict[str, float] = field(default_factory=dict)
    best: str = ""
    running: dict[tuple[str, ...], Work] = field(default_factory=dict)
    ended: Counter[str] = field(default_factory=Counter)
    scoreless: Counter[str] = field(default_factory=Counter)
    last: deque[tuple[float, type[Turn], str]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def take(self, turn: Turn, clock: float) -> None:
        """Bring the board in step with `turn`, which came at `clock` seconds."""
        if isinstance(turn, Started):
            self.title, self.about, self.sign = plain(turn.title), plain(turn.about), turn.sign
        elif isinstance(turn, ToBeat):
            self.references |= {plain(name, 30): score for name, score in turn.references.items()}
        elif isinstance(turn, Running):
            run = _run(turn)
            self.running[run] = Work(run[0], run[1], clock)
        elif isinstance(turn, Finished):
            self._finish(turn)
        elif isinstance(turn, Leads):
            self.best = plain(turn.candidate, 16)
        if not isinstance(turn, (*SMALL_TALK, Started)):
            self.last.append((clock, type(turn), plain(turn.message, 200)))

    def strongest_references(self, number: int) -> list[tuple[str, float]]:
        """Up to `number` references with their scores, best first."""
        return sorted(self.references.items(), key=lambda item: -self.sign * item[1])[:number]

    def _finish(self, turn: Finished) -> None:
        run = _run(turn)
        self.running.pop(run, None)
        self.ended[run[1]] += 1
        if turn.status is not Status.OK:
            self.scoreless[run[1]] += 1
        if turn.reference and turn.score is not None:
            self.references[plain(turn.reference, 30)] = turn.score


def _run(turn: Running | Finished) -> tuple[str, str, str, str]:
    """What names a run."""
    return plain(turn.candidate, 24), plain(turn.tier, 24), str(turn.seed), turn.purpose

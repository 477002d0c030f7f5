"""What a campaign's events add up to, for a view to draw."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..search.events import Event, EventKind
from ..search.stop import Progress
from ..space import Status
from .text import plain

KEPT_EVENTS = 8
TOLD = frozenset(EventKind) - {
    EventKind.TICK,
    EventKind.PROPOSED,
    EventKind.RUNNING,
    EventKind.ENDED,
}
"""What is worth a line; the end is reported in full by itself."""


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
    last: deque[tuple[float, EventKind, str]] = field(
        default_factory=lambda: deque(maxlen=KEPT_EVENTS)
    )

    def take(self, event: Event, progress: Progress, clock: float) -> None:
        """Bring the board in step with `event`, which came at `clock` seconds."""
        self._note_references(event)
        if event.kind is EventKind.STARTED:
            title, _, about = event.message.partition(", ")
            self.title, self.about = plain(title), plain(about)
            self.sign = -1 if event.data.get("direction") == "min" else 1
        elif event.kind is EventKind.RUNNING:
            run = _run(event)
            self.running[run] = Work(run[0], run[1], clock)
        elif event.kind is EventKind.FINISHED:
            self._finish(event)
        elif event.kind is EventKind.BEST:
            self.best = plain(event.data.get("candidate", ""), 16)
        if event.kind in TOLD and event.kind is not EventKind.STARTED:
            self.last.append((clock, event.kind, plain(event.message, 200)))

    def strongest_references(self, number: int) -> list[tuple[str, float]]:
        """Up to `number` references with their scores, best first."""
        return sorted(self.references.items(), key=lambda item: -self.sign * item[1])[:number]

    def _note_references(self, event: Event) -> None:
        """Many at once, as known from before; or one that has just been measured."""
        known: Mapping[str, float] = event.data.get("references", {})
        self.references |= {plain(name, 30): score for name, score in known.items()}
        name, score = event.data.get("reference"), event.data.get("score")
        if name and score is not None:
            self.references[plain(name, 30)] = score

    def _finish(self, event: Event) -> None:
        run = _run(event)
        self.running.pop(run, None)
        self.ended[run[1]] += 1
        if event.data.get("status", Status.OK) != Status.OK:
            self.scoreless[run[1]] += 1


def _run(event: Event) -> tuple[str, str, str, str]:
    """What names a run: candidate, tier, seed, purpose."""
    candidate, tier, seed, purpose = (
        plain(event.data.get(key, ""), 24) for key in ("candidate", "tier", "seed", "purpose")
    )
    return candidate, tier, seed, purpose

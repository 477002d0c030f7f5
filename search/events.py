"""What a campaign tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from .stop import Progress


class EventKind(StrEnum):
    """The turns of a campaign that a view or a log may show."""

    STARTED = "started"
    PHASE = "phase"
    PROPOSED = "proposed"
    RUNNING = "running"
    FINISHED = "finished"
    BEST = "best"
    WARNING = "warning"
    CLAIM = "claim"
    ENDED = "ended"
    TICK = "tick"


@dataclass(frozen=True)
class Event:
    """One turn, in words for people and in data for programs."""

    kind: EventKind
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Observer(Protocol):
    """Sees every event with the progress at that moment; must not raise."""

    def __call__(self, event: Event, progress: Progress) -> None: ...

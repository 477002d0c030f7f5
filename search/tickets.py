"""Intents in flight: what a strategy asked for and has not been told about."""

from __future__ import annotations

from dataclasses import dataclass, field

from .strategy import Intent


@dataclass
class Tickets:
    """Numbers intents. A ticket that is unknown, late or told twice finds nothing."""

    _next: int = 0
    _open: dict[int, Intent] = field(default_factory=dict)

    def issue(self, intent: Intent) -> Intent:
        """`intent` under the next number, kept until it is closed."""
        numbered = Intent(self._next, intent.operator, intent.level, intent.parents, intent.width)
        self._open[self._next] = numbered
        self._next += 1
        return numbered

    def close(self, ticket: int | None) -> Intent | None:
        """The intent of `ticket`, once."""
        return None if ticket is None else self._open.pop(ticket, None)

    def __len__(self) -> int:
        return len(self._open)

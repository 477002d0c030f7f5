"""Intents in flight: what a strategy asked for and has not been told about."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...space import Level, Operator
from .contract import Intent


@dataclass
class Tickets:
    """Numbers intents. A ticket that is unknown, late or told twice finds nothing."""

    _next: int = 0
    _open: dict[int, Intent] = field(default_factory=dict)

    def issue(
        self,
        operator: Operator,
        level: Level | None = None,
        parents: tuple[str, ...] = (),
        width: int = 1,
    ) -> Intent:
        """An intent under the next number, kept until it is closed."""
        intent = self._open[self._next] = Intent(self._next, operator, level, parents, width)
        self._next += 1
        return intent

    def close(self, ticket: int | None) -> Intent | None:
        """The intent of `ticket`, once."""
        return None if ticket is None else self._open.pop(ticket, None)

    def __len__(self) -> int:
        return len(self._open)

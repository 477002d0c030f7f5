"""Intents in flight: what a strategy asked for and has not been told about.

A ticket that is neither open nor given up was told: its result comes a second time. So what was
told need not be kept, however long the search.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...space import Level, Operator
from .contract import Intent

KEPT = 1000
"""Tickets given up last, of which a late result still counts; of older ones none is expected."""


@dataclass
class Tickets:
    """Numbers intents. A number that it never issued is nobody's, and never told."""

    _next: int = 0
    _open: dict[int, Intent] = field(default_factory=dict)
    _given_up: dict[int, None] = field(default_factory=dict)
    """In order, so that the oldest is forgotten first."""

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

    def is_told(self, ticket: int | None) -> bool:
        """Whether the result of `ticket` was told already: once more it is none."""
        issued = ticket is not None and 0 <= ticket < self._next
        return issued and ticket not in self._open and ticket not in self._given_up

    def close(self, ticket: int | None) -> Intent | None:
        """The result of `ticket` is told: its intent, if it was open."""
        if ticket is None:
            return None
        self._given_up.pop(ticket, None)
        return self._open.pop(ticket, None)

    def give_up(self, ticket: int) -> Intent | None:
        """`ticket` led to nothing, as far as is known: its intent, if it was open."""
        intent = self._open.pop(ticket, None)
        if intent is not None:
            self._given_up[ticket] = None
            if len(self._given_up) > KEPT:
                del self._given_up[next(iter(self._given_up))]
        return intent

    def __len__(self) -> int:
        return len(self._open)

"""An observer that remembers which campaign began."""

from __future__ import annotations

from dataclasses import dataclass

from ..search.stop import Progress
from ..search.turns import Started, Turn


@dataclass
class Begun:
    """`campaign` is empty until one began."""

    campaign: str = ""

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if isinstance(turn, Started):
            self.campaign = turn.campaign

"""An observer that remembers which campaign began, and whether it ran anything."""

from __future__ import annotations

from dataclasses import dataclass

from ..search.campaign.turns import Running, Started, Turn
from ..search.limits.stop import Progress
from ..space import GATE


@dataclass
class Begun:
    """`campaign` is empty until one began; `ran` says whether a run did, gates left out."""

    campaign: str = ""
    ran: bool = False

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if isinstance(turn, Started):
            self.campaign = turn.campaign
        elif isinstance(turn, Running) and turn.tier != GATE:
            self.ran = True

"""What the tree search knows after the outcomes that it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from .bandit import ThompsonBandit
from .contract import Outlook
from .graph import Arm, Graph
from .islands import Islands
from .ranks import Ranks
from .surrogate import Surrogate
from .tickets import Tickets


@dataclass
class TreeState:
    """All that the search knows. Telling the same outcomes in order makes it again."""

    graph: Graph
    islands: Islands
    ranks: Ranks = field(default_factory=Ranks)
    bandit: ThompsonBandit[Arm] = field(default_factory=ThompsonBandit)
    tickets: Tickets = field(default_factory=Tickets)
    surrogate: Surrogate | None = None
    """Where there is none, no samples are kept either."""
    outlook: Outlook | None = None

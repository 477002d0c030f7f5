"""What a campaign tells whoever watches it: one record a turn, in data and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from ...memory.campaigns import CampaignStatus
from ...memory.evaluations import Purpose
from ...space import Level, Status
from ..limits.stop import Progress


@dataclass(frozen=True)
class Started:
    """The campaign begins, or goes on."""

    kind: ClassVar = "started"
    campaign: str
    domain: str
    budget: str
    seed: int
    slots: int
    isolation: str
    sign: int
    """-1 where a lower score is better."""

    @property
    def title(self) -> str:
        return f"campaign {self.campaign} on {self.domain}"

    @property
    def about(self) -> str:
        return (
            f"budget {self.budget}, seed {self.seed}, {self.slots} slots, "
            f"isolation {self.isolation}"
        )

    @property
    def message(self) -> str:
        return f"{self.title}, {self.about}"


@dataclass(frozen=True)
class Phase:
    """Something else begins: the search, the verification, the choice by a value model."""

    kind: ClassVar = "phase"
    message: str


@dataclass(frozen=True)
class ToBeat:
    """The references' scores at a tier, best first, where they are known from before."""

    kind: ClassVar = "to-beat"
    tier: str
    references: Mapping[str, float]

    @property
    def message(self) -> str:
        name, score = next(iter(self.references.items()))
        return f"to beat at {self.tier}: {name} with {score:.4g}"


@dataclass(frozen=True)
class Proposed:
    """There is a new candidate."""

    kind: ClassVar = "proposed"
    candidate: str
    operator: str
    level: Level | None
    idea: str

    @property
    def message(self) -> str:
        way = " ".join(filter(None, [self.operator, self.level]))
        return f"{self.candidate} {way}: {self.idea}"


@dataclass(frozen=True)
class Running:
    """A run begins."""

    kind: ClassVar = "running"
    candidate: str
    tier: str
    seed: int
    purpose: Purpose

    @property
    def message(self) -> str:
        return f"{self.candidate} runs at {self.tier}"


@dataclass(frozen=True)
class Finished:
    """A run ended. `reference` is the name of the one that ran, or empty.

    `ranks` tells whether scores of that tier order anything: others are not shown, since they
    would only be held against those that do.
    """

    kind: ClassVar = "finished"
    candidate: str
    tier: str
    seed: int
    purpose: Purpose
    status: Status
    reason: str = ""
    score: float | None = None
    ranks: bool = True
    reference: str = ""
    cpu_s: float = 0.0

    @property
    def message(self) -> str:
        who = f"reference {self.reference}" if self.reference else self.candidate
        scored = self.score is not None and self.ranks
        words = f"{self.score:.4g}" if scored else self.reason
        return f"{who} {self.tier} {self.status}: {words}".removesuffix(": ")


@dataclass(frozen=True)
class Leads:
    """A candidate of the search scores better than all before it.

    `by_chance` tells whether two runs of one candidate often differ by as much.
    """

    kind: ClassVar = "best"
    candidate: str
    tier: str
    score: float
    by_chance: bool = False

    @property
    def message(self) -> str:
        words = f"{self.candidate} leads with {self.score:.4g} at {self.tier}"
        return f"{words}, within the noise of the best before" if self.by_chance else words


@dataclass(frozen=True)
class Warned:
    """Something that the user should know."""

    kind: ClassVar = "warning"
    message: str


@dataclass(frozen=True)
class Claimed:
    """A comparison with a reference, in a sentence; whether it holds."""

    kind: ClassVar = "claim"
    message: str
    holds: bool


@dataclass(frozen=True)
class Ended:
    """The campaign is over, or stopped."""

    kind: ClassVar = "ended"
    campaign: str
    status: CampaignStatus
    reason: str

    @property
    def message(self) -> str:
        return f"campaign {self.campaign} {self.status}: {self.reason}"


@dataclass(frozen=True)
class Tick:
    """Time passed."""

    kind: ClassVar = "tick"
    message: ClassVar = ""


Turn = (
    Started
    | Phase
    | ToBeat
    | Proposed
    | Running
    | Finished
    | Leads
    | Warned
    | Claimed
    | Ended
    | Tick
)


class Observer(Protocol):
    """Sees every turn with the progress at that moment; must not raise."""

    def __call__(self, turn: Turn, progress: Progress) -> None: ...

"""The contract of a domain: what is searched, and how a candidate is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from ..sandbox import Limits, Session
from ..space import Blueprint, Candidate, Direction, Space

if TYPE_CHECKING:
    from .task_model import TaskModel


@dataclass(frozen=True)
class Objective:
    """A figure that a run yields. A domain's first objective is its score.

    A `timed` one was measured by the clock: another run of the same seed gives another.
    """

    name: str
    direction: Direction | Literal["max", "min"] = Direction.MAX
    unit: str = ""
    timed: bool = False

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is."""
        return Direction(self.direction).sign


@dataclass(frozen=True)
class Tier:
    """A fidelity. `expected_s` is the usual CPU-seconds of one run on one thread.

    A tier whose `ranks` is False only rejects: its scores order nothing. Of one that ranks,
    `decides` is the metric by which its results decide who goes on to a dearer tier, where
    that is not the score; every run there yields it.
    """

    name: str
    limits: Limits
    expected_s: float
    ranks: bool = True
    decides: Objective | None = None


def ranking_tier(tiers: Sequence[Tier]) -> Tier:
    """The cheapest of `tiers` whose scores mean something: the first that ranks."""
    return next(tier for tier in tiers if tier.ranks)


def decides_by_score(tier: Tier, score: Objective) -> bool:
    """Whether it is by `score` that results at `tier` decide who goes on to a dearer one."""
    return tier.decides is None or tier.decides.name == score.name


@dataclass(frozen=True)
class Measurement:
    """What a run measured; every figure is finite. Curves are by step, oldest first.

    `notes` are texts that are kept with the run: `feedback` tells authors what went wrong,
    and holds nothing that they must not see.
    """

    metrics: Mapping[str, float]
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What one gate found; `message` names the check, the figure and the threshold.

    `figures` are finite by-products of the check that cost nothing more, kept as metrics
    of the gate's run: they feed the value model.
    """

    gate: str
    passed: bool
    message: str
    measured: float | None = None
    threshold: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


PAIRED = "paired items"
"""The note that holds scores by item as JSON, for comparisons item by item: 0 is what an item
that was not answered scores."""


class Rejected(Exception):
    """A candidate broke the contract or failed a gate."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


class DomainError(ValueError):
    """A domain that cannot be found or used; the message is one line for the user."""


class DomainFault(Exception):
    """A domain's own code broke its contract during a run: no candidate's doing."""


class Domain(Protocol):
    """A problem to discover for.

    `brief` is Markdown that tells an author the contract and the constraints.
    `tiers` go from cheap to dear. `descriptors` name the metrics that place a
    candidate in the archive. `preload` names the modules that a sandbox imports once,
    before any candidate: trusted ones that the harness needs.
    """

    name: str
    brief: str
    space: Space | None
    references: Mapping[str, Candidate]
    tiers: Sequence[Tier]
    objectives: Sequence[Objective]
    descriptors: Sequence[str]
    preload: Sequence[str]

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        """Cheap checks, in order, up to the first that fails."""
        ...

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        """Train or execute `candidate` in `session`'s children and score it here.

        The metrics hold every objective, and what `tier` decides by. The children never see
        labels, the metric or the clock. Raises CandidateFailure for what a child did wrong,
        Rejected for a broken contract.
        """
        ...


@runtime_checkable
class Versioned(Protocol):
    """A domain that says itself when its scores change their meaning.

    `protocol` differs wherever scores do not compare. A domain without it is defined by
    its file, or by the version of its package.
    """

    @property
    def protocol(self) -> str: ...


@runtime_checkable
class Verifying(Protocol):
    """A domain that scores finalists in another way than the runs of a search: a stricter one."""

    def verify(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        """As `run`, for a finalist and for the reference that it is compared with."""
        ...


@runtime_checkable
class Reading(Protocol):
    """A domain whose space can edit any program, also one that it did not write."""

    def blueprint_of(self, source: str) -> Blueprint:
        """The program as a blueprint of the space; raises ValueError where it is none."""
        ...


@runtime_checkable
class Foreknown(Protocol):
    """A domain that knows figures of a candidate without running it."""

    def free(self, candidate: Candidate) -> Mapping[str, float]:
        """Figures that cost nothing; raises Rejected where the candidate is not valid."""
        ...


@runtime_checkable
class Modelled(Protocol):
    """A domain whose candidates may ask a language model while they are judged."""

    model: TaskModel | None

    def bind(self, model: TaskModel | None) -> None:
        """Let candidates ask `model` from now on, or nobody; before, there is none."""
        ...


Judge = Callable[[str], str]
"""A language model that marks replies: its own reply to a prompt. Raises ModelFailed."""


@runtime_checkable
class Tasked(Protocol):
    """A domain whose questions a user may bring along, in a file."""

    def take(self, tasks: Path | None, judge: Callable[[str], Judge]) -> None:
        """Judge by the questions in the file `tasks` from now on; by its own, where it is None.

        `judge` gives the language model of a name, or the task model for "". Raises DomainError.
        """
        ...


@runtime_checkable
class Needing(Protocol):
    """A domain that needs more than Discover installs."""

    @property
    def missing(self) -> str:
        """What to install, and how, in one line; empty where nothing is missing."""
        ...


@runtime_checkable
class Packaged(Protocol):
    """A domain that hands out a candidate as more than a module and a card."""

    def package(self, candidate: Candidate, source: str, card: str) -> Mapping[str, str]:
        """The files by their paths. `source` is the candidate's, `card` says what is known."""
        ...


@runtime_checkable
class Calibrated(Protocol):
    """A domain that ships what its references scored."""

    def reference_metrics(self, tier: str) -> Mapping[str, Mapping[int, Mapping[str, float]]]:
        """Metrics by reference and seed at `tier`; empty where it was not measured."""
        ...


@runtime_checkable
class Noisy(Protocol):
    """A domain that knows how noisy its tiers are."""

    def noise(self, tier: str) -> float:
        """The standard deviation of one seed's score at `tier`; 0 where unknown."""
        ...

"""What one run of one candidate showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

GATE = "gate"
"""The tier of a gate run: the checks before any tier. It costs time, and is not counted
as an evaluation against a budget."""


class Status(StrEnum):
    """How a run ended. Only OK carries a score; the others carry a reason."""

    OK = "ok"
    REJECTED = "rejected"
    FAILED = "failed"
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class Evaluation:
    """One run of one candidate at one tier with one seed.

    A run that did not end well has a status and a reason, and no score: it is never
    a score of zero. Times are seconds; `device_s` is how long a device slot was held.
    `notes` are texts by name; `feedback` is what authors are told of the run.
    """

    candidate_id: str
    tier: str
    seed: int
    status: Status
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    wall_s: float = 0.0
    cpu_s: float = 0.0
    device_s: float = 0.0
    isolation: str = ""

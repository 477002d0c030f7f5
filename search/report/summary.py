"""What a campaign, or a look at it, comes down to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ...memory.campaigns import CampaignStatus
from ...memory.claims import Claim
from ...memory.evaluations import Failed
from ..claims.comparison import Comparison
from ..claims.rivals import Validation
from .coverage import ArchiveCoverage, TradeOff
from .hindsight import Hindsight


@dataclass(frozen=True)
class Scored:
    """One line of the final table: a candidate or reference at the ranking tier.

    `expected` is its score with the luck of the best taken off; None where the noise of a
    seed is not known, and for references.
    """

    candidate_id: str
    name: str
    score: float
    seeds: int
    is_reference: bool
    expected: float | None = None


@dataclass(frozen=True)
class Summary:
    """The end of a campaign. Amounts in `spent` and `limits` are by unit (`wall_s`, ...)."""

    campaign_id: str
    domain: str
    database: str
    seed: int
    status: CampaignStatus
    reason: str
    isolation: str
    objective: str
    direction: str
    """Whether a high objective is better ("max") or a low one ("min")."""
    unit: str
    tier: str
    spent: dict[str, float]
    limits: dict[str, float]
    evaluations: dict[str, int]
    """How many search evaluations ended, by tier."""
    failures: dict[str, int]
    """How many ended without a score, by status."""
    best: list[Scored]
    """Of what this campaign proposed."""
    references: list[Scored]
    comparisons: list[Comparison]
    sentences: list[str]
    """One a comparison, in its order; empty where nothing could be verified."""
    no_claim_reason: str
    """Why nothing is claimed, or empty where at least one comparison holds."""
    held_before: list[Claim] = field(default_factory=list)
    """Claims that the campaign made before it was resumed, or checked by hand, and that hold
    still; newest first."""
    apart: dict[str, int] = field(default_factory=dict)
    """How many evaluations outside the search ended, by what they were for."""
    failed: list[Failed] = field(default_factory=list)
    """Some of the runs without a score, each with its reason."""
    too_slow: bool = False
    """Whether nothing has a score as runs were too slow, and none beyond the gates failed else."""
    known: list[Scored] = field(default_factory=list)
    """The best of what only earlier campaigns proposed, where this one started from it."""
    coverage: ArchiveCoverage | None = None
    """How its candidates spread over the domain's descriptors."""
    trade_off: TradeOff | None = None
    """What no candidate beats in every objective; None where the domain has one objective."""
    hindsight: Hindsight | None = None
    """What the value model was worth; None where it predicted nothing."""
    validation: Validation | None = None
    """The best against every reference; None where the domain or the budget allows none."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        data = asdict(self)
        for row, comparison in zip(data["comparisons"], self.comparisons, strict=True):
            row["holds"] = comparison.holds
        return data

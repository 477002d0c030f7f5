"""The cascade: cheap tiers that only reject, each run for as long as that pays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ...evaluators.domain import Tier
from ...space import GATE


@dataclass
class Cascade:
    """The way of a candidate from the gate up to the first tier that ranks.

    A tier that only rejects saves the next one's seconds whenever it stops a candidate. The
    chance of that is estimated from the runs so far by Laplace's rule of succession, and the
    tier is left out while chance * seconds saved does not exceed its own seconds. Failures at
    the ranking tier count as candidates that it would have stopped: so it comes back when
    weaker candidates do.
    """

    tiers: Sequence[Tier]
    _passed: Counter[str] = field(default_factory=Counter)
    _stopped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        first = next(i for i, tier in enumerate(self.tiers) if tier.ranks)
        self._steps = self.tiers[: first + 1]

    def following(self, tier: str) -> Tier | None:
        """Where a candidate goes that passed `tier`; None from the ranking tier on."""
        names = [GATE, *(step.name for step in self._steps)]
        if tier not in names[:-1]:
            return None
        ahead = self._steps[names.index(tier) :]
        paying = (step for step, dearer in pairwise(ahead) if self._pays(step, dearer))
        return next(paying, ahead[-1])

    def ahead(self, tier: str) -> list[Tier]:
        """Where a candidate goes that passes everything after `tier`, in order."""
        following = self.following(tier)
        return [] if following is None else [following, *self.ahead(following.name)]

    def tell(self, tier: str, ok: bool) -> None:
        """How a run of a search at `tier` ended."""
        if tier == self._steps[-1].name:
            if not ok:
                self._stopped.update(step.name for step in self._steps[:-1])
        elif tier != GATE:
            (self._passed if ok else self._stopped)[tier] += 1

    def _pays(self, step: Tier, dearer: Tier) -> bool:
        stopped = self._stopped[step.name]
        chance = (stopped + 1) / (stopped + self._passed[step.name] + 2)
        return chance * dearer.expected_s > step.expected_s

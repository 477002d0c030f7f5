"""Stop conditions for a search that cannot get anywhere, and would never notice.

They hear of runs as these end. What the gates reject costs no evaluation, so a budget of
evaluations alone would never end a search of which all is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...memory.evaluations import Purpose, Run
from ...space import GATE, Evaluation, Status
from .stop import Progress

MAX_REJECTED = 300
"""Where one candidate of fifty passes, this many rejections in a row come once in 400 times."""


@dataclass
class BrokenStart:
    """Stops where every reference was run at `tier`, which ranks, and none got a score.

    `references` gives their names by id.
    """

    references: Mapping[str, str]
    tier: str
    _has_score: bool = False
    _reasons: dict[str, str] = field(default_factory=dict)

    def note(self, run: Run, evaluation: Evaluation) -> None:
        """Take in the end of a run."""
        if run.purpose is Purpose.REFERENCE and run.tier == self.tier:
            self._has_score |= evaluation.status is Status.OK
            self._reasons[run.candidate] = evaluation.reason

    def __call__(self, progress: Progress) -> str | None:
        if self._has_score or not self.references:
            return None
        if self._reasons.keys() < self.references.keys():
            return None
        id_, name = next(iter(self.references.items()))
        return f"no start program got a score; {name}: {self._reasons[id_]}"


@dataclass
class Rejections:
    """Stops after `limit` candidates in a row that the gates let none of through."""

    limit: int = MAX_REJECTED
    _count: int = 0
    _reason: str = ""

    def note(self, run: Run, evaluation: Evaluation) -> None:
        """Take in the end of a run."""
        if run.purpose is Purpose.SEARCH and run.tier == GATE:
            self._count = 0 if evaluation.status is Status.OK else self._count + 1
            self._reason = evaluation.reason

    def __call__(self, progress: Progress) -> str | None:
        if self._count < self.limit:
            return None
        return f"the gates rejected {self._count} candidates in a row; the last: {self._reason}"

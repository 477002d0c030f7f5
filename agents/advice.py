"""Prompt evolution: advice for a role that models write, and results choose.

A role's variants are its template alone, and the template with one paragraph of advice. A
bandit draws the one for each question by what its proposals gained; after some decisions a
model writes another, knowing how those before it fared. Its writer sees figures and earlier
advice only, so that no text of a candidate can get into a role's instructions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..memory import Memory, events
from . import bandit
from .bandit import Trial

ADVICE = "advice"
"""The kind of the stored event of a paragraph that was written."""
EVERY = 12
"""Decisions of a role between two new variants."""
KEPT = 3
"""Paragraphs that stay in use, beside the template alone."""
PLAIN = ""
"""The mark of the template alone."""


@dataclass(frozen=True)
class Variant:
    """A paragraph, and how often its questions led to a proposal that gained."""

    text: str
    tried: int = 0
    gained: int = 0

    @property
    def worth(self) -> float:
        """The mean of the chance to gain, from even odds on."""
        return (1 + self.gained) / (2 + self.tried)


@dataclass(frozen=True)
class Advice:
    """The advice of one campaign."""

    memory: Memory
    campaign: str

    def variants(self, role: str, before: int | None) -> dict[str, Variant]:
        """What was in use before decision `before`, by mark: the template alone comes first."""
        return self._in_use(role, before, self._trials(role, before))

    def draw(self, role: str, before: int | None, rng: Random) -> str:
        """The paragraph for the next question; empty for the template alone."""
        trials = self._trials(role, before)
        variants = self._in_use(role, before, trials)
        return variants[bandit.choose(tuple(variants), trials, rng)].text

    def _in_use(self, role: str, before: int | None, trials: Sequence[Trial]) -> dict[str, Variant]:
        written = {PLAIN: ""} | {
            mark_of(event.data["text"]): event.data["text"]
            for event in events.read(self.memory, self.campaign, kind=ADVICE)
            if event.data["role"] == role and (before is None or event.data["decision"] < before)
        }
        counted = _counted(written, trials)
        plain = counted.pop(PLAIN)
        best = sorted(counted, key=lambda mark: -counted[mark].worth)[:KEPT]
        return {PLAIN: plain} | {mark: counted[mark] for mark in counted if mark in best}

    def is_due(self, role: str, decision: int) -> bool:
        """Whether `EVERY` decisions of the role passed since its last variant."""
        last = self.memory.row(
            "SELECT coalesce(max(json_extract(data, '$.decision')), -1) AS decision FROM events"
            " WHERE campaign = ? AND kind = ? AND json_extract(data, '$.role') = ?",
            (self.campaign, ADVICE, role),
        )
        since = self.memory.row(
            "SELECT count(DISTINCT decision) AS n FROM llm_calls"
            " WHERE campaign = ? AND role = ? AND decision > ? AND decision < ?",
            (self.campaign, role, last["decision"] if last else -1, decision),
        )
        return since is not None and since["n"] >= EVERY

    def keep(self, role: str, text: str, decision: int) -> None:
        """Take a new paragraph into use after `decision`."""
        data = {"role": role, "text": text, "decision": decision}
        events.append(self.memory, self.campaign, ADVICE, data)

    def _trials(self, role: str, before: int | None) -> list[Trial]:
        return bandit.trials(self.memory, self.campaign, role, before, "advice")


def mark_of(text: str) -> str:
    """The mark of a paragraph in a prompt's version."""
    return hashlib.sha256(text.encode()).hexdigest()[:8] if text else PLAIN


def _counted(written: Mapping[str, str], trials: Sequence[Trial]) -> dict[str, Variant]:
    return {
        mark: Variant(
            text,
            sum(trial.arm == mark for trial in trials),
            sum(trial.arm == mark and trial.gained for trial in trials),
        )
        for mark, text in written.items()
    }

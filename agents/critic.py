"""The critic: before an experiment an adversary, after it a witness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from ..memory import insights
from ..memory.difference import unified
from ..memory.insights import Insight
from ..space import Candidate, Evaluation, Status
from . import recall
from .context import Context, Library, Room, Shown, shortened
from .desk import Desk, Turn
from .draft import State, idea_of
from .replies import Conclusion, Critique

SIBLINGS = 3
DIFF_LINES = 80
LAST_WORDS = 300


@dataclass(frozen=True)
class CriticBefore:
    """Reads a draft before it is run. Its opinion never enters a score: it can ask for one
    revision, or drop what it takes for cheating. `chars` bounds the source that it is shown."""

    desk: Desk
    chars: int

    def __call__(self, state: State) -> dict[str, Any]:
        draft = state["draft"]
        assert draft is not None
        critique = self.desk.json(
            state["turn"],
            "critic",
            "critique",
            Critique,
            idea=idea_of(state),
            source=shortened(draft.source, self.chars),
        )
        fault = f"The critic's remarks: {critique.remarks}" if critique.verdict == "revise" else ""
        ended = f"dropped by the critic: {critique.remarks}" if critique.verdict == "drop" else ""
        return {"verdict": critique.verdict, "fault": fault, "ended": ended}


@dataclass(frozen=True)
class CriticAfter:
    """Concludes from a run what the next designs should know, and keeps it as an insight."""

    desk: Desk
    library: Library

    def __call__(
        self, candidate: Candidate, evaluation: Evaluation, rng: Random, decision: int | None
    ) -> Insight:
        """The insight, stored in memory; raises LLMError."""
        room = Room(self.library.chars)
        parent = self.library.get(candidate.parents[0]) if candidate.parents else None
        turn = Turn(decision, rng, Context())
        shown = self.library.show(candidate, "parents", room, code=False)
        changed = difference(parent, candidate) if parent else "(no parent)"
        changed = room.fit(changed, "parents")
        conclusion = self.desk.json(
            turn,
            "critic",
            "conclude",
            Conclusion,
            candidate=replace(shown, source=room.fit(candidate.source, "parents")),
            decided=" ".join(filter(None, [candidate.operator, candidate.level])),
            outcome=outcome(evaluation),
            change=changed,
            relatives=self._relatives(candidate, parent, room),
        )
        return self._store(candidate, evaluation, conclusion)

    def _relatives(self, candidate: Candidate, parent: Candidate | None, room: Room) -> list[Shown]:
        if parent is None:
            return []
        memory = self.library.memory
        related = [("Grandparent", self.library.get(id_)) for id_ in parent.parents[:1]]
        siblings = recall.strongest_children(memory, self.library.domain, parent.id, SIBLINGS + 1)
        related += [("Sibling", self.library.get(id_)) for id_ in siblings if id_ != candidate.id]
        shown = [self.library.parent(parent, room, "Parent", code=False)]
        for name, relative in related[: 1 + SIBLINGS]:
            shown.append(self.library.show(relative, "relatives", room, name, code=False))
        return shown

    def _store(
        self, candidate: Candidate, evaluation: Evaluation, conclusion: Conclusion
    ) -> Insight:
        failed = evaluation.status is not Status.OK
        text = (
            f"{conclusion.insight} (scope: {conclusion.scope}; confidence"
            f" {conclusion.confidence:.2g}; expectation met: {conclusion.expectation_met};"
            f" from {candidate.id} at {evaluation.tier})"
        )
        insight = Insight(
            campaign=self.library.campaign,
            text=text,
            kind="warning" if failed else "lesson",
            candidate=candidate.id,
        )
        insights.add(self.library.memory, insight)
        return insight


def outcome(evaluation: Evaluation) -> str:
    """How a run ended, with every figure that it measured."""
    if evaluation.status is not Status.OK:
        # A candidate writes its own last words: what they hold stays short.
        return f"{evaluation.status} at {evaluation.tier}: {evaluation.reason[:LAST_WORDS]}"
    figures = ", ".join(f"{name} {value:.5g}" for name, value in evaluation.metrics.items())
    return f"{evaluation.status} at {evaluation.tier}, seed {evaluation.seed}: {figures}"


def difference(parent: Candidate, child: Candidate) -> str:
    """The change of source from parent to child, as a unified diff, bounded."""
    old, new = parent.source.splitlines(), child.source.splitlines()
    lines = list(unified(old, new, ("parent", "child"), context=1))[2:]
    more = [f"[{len(lines) - DIFF_LINES} lines left out]"] if len(lines) > DIFF_LINES else []
    return "\n".join(lines[:DIFF_LINES] + more) or "(no difference in text)"

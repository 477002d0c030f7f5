"""A campaign's side towards its author: what to try next, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...agents import verdicts
from ...agents.author import Reflective
from ...memory import candidates, events
from ...memory.evaluations import Run
from ...space import GATE, Evaluation
from ..strategies.contract import Outlook
from . import expectations
from .expectations import DECIDED
from .learner import Learner, Proposal
from .reflection import reflect
from .runner import Runner
from .turns import Phase, Proposed, Turn

SEARCH_SEED = 0
"""Every candidate of a search meets the same data and initial weights: pairs by design."""

ASKING = "the models are asked what to try; until they answer, nothing else is said"


@dataclass
class Proposer:
    """Asks `learner` what to run next, and keeps every decision in memory.

    Seeking what is new may take long: `halted` says whether it need go on no more.
    """

    learner: Learner[Any]
    runner: Runner
    tell: Callable[[Turn], None]
    halted: Callable[[], bool]
    _doubted: bool | None = None
    _has_asked: bool = False

    def next_run(self, after: int) -> Run | None:
        """A promotion that was earned, or a new proposal; None where there is neither.

        `after` is the last result that was taken in: a replay follows this order.
        """
        return self._promote(after) or self._propose(after)

    def verdict(self, run: Run) -> Evaluation | None:
        """How the gates judged a draft of just this candidate; None where none was checked.

        Only teams check drafts, and looking one up reads all events so far.
        """
        if run.tier != GATE or not isinstance(self.learner.author, Reflective):
            return None
        return verdicts.find(self.runner.memory, run.campaign, run.candidate)

    def reflect(self, run: Run, evaluation: Evaluation) -> None:
        """Let an author that learns conclude from a run, and charge what that took."""
        if reflect(self.learner, self.runner.memory, run, evaluation):
            self.runner.note_author()

    def _promote(self, after: int) -> Run | None:
        promotion = self.learner.promote()
        if promotion is None:
            return None
        id_, tier = promotion
        foreseen = self.learner.foresee(id_, tier.name)
        memory, campaign = self.runner.memory, self.runner.campaign
        with memory.transaction():
            # It may come from an earlier campaign; in its own, this changes nothing.
            candidates.propose(memory, campaign, self.learner.pool[id_], author="memory")
            self._note_decision(None, id_, tier.name, after)
            if foreseen is not None:
                sign, model = self.learner.scoreboard.sign, expectations.PROMOTED
                expectations.store(memory, campaign, id_, tier.name, sign, foreseen, model)
        return Run(campaign, id_, tier.name, SEARCH_SEED)

    def _propose(self, after: int) -> Run | None:
        author = self.learner.author
        if isinstance(author, Reflective) and not self._has_asked:
            self._has_asked = True
            self.tell(Phase(ASKING))
        proposal = self.learner.propose(self.halted)
        if isinstance(author, Reflective):
            self.runner.note_author()
        if proposal is None:
            return None
        memory, campaign = self.runner.memory, self.runner.campaign
        candidate, decision = proposal.candidate, proposal.decision
        with memory.transaction():
            candidates.propose(memory, campaign, candidate, author=author.name, decision=decision)
            self._note_decision(decision, candidate.id, GATE, after, self._expected(proposal))
        self._announce(proposal)
        return Run(campaign, candidate.id, GATE, SEARCH_SEED)

    def _note_decision(
        self,
        decision: int | None,
        candidate: str,
        tier: str,
        after: int,
        expected: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what was decided after which result: the order that a replay follows."""
        data = {"decision": decision, "candidate": candidate, "tier": tier, "after": after}
        events.append(
            self.runner.memory, self.runner.campaign, DECIDED, data | dict(expected or {})
        )

    def _expected(self, proposal: Proposal) -> Mapping[str, Any]:
        """What the value model expected, kept; and the intents that led to nothing new."""
        board = self.learner.scoreboard
        expected = expectations.keep(
            self.runner.memory,
            self.runner.campaign,
            proposal.candidate.id,
            board.ranking_tier.name,
            board.sign,
            proposal.outlook,
        )
        return expected | {"dry": [asdict(intent) for intent in proposal.dry]}

    def _announce(self, proposal: Proposal) -> None:
        self._tell_stance(proposal.outlook)
        candidate = proposal.candidate
        self.tell(Proposed(candidate.id, candidate.operator, candidate.level, candidate.idea))

    def _tell_stance(self, outlook: Outlook | None) -> None:
        """Say when the value model begins to choose, and when and why it stands aside."""
        if outlook is not None and self._doubted is not bool(outlook.doubt):
            self._doubted = bool(outlook.doubt)
            words = f"stands aside: {outlook.doubt}" if outlook.doubt else "chooses what runs"
            self.tell(Phase(f"the value model {words}"))

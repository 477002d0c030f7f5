"""The campaign: propose, evaluate and learn until a stop condition; then verify."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from ..agents import verdicts
from ..agents.author import Reflective
from ..evaluators.domain import Domain, Tier
from ..memory import Memory, campaigns, candidates, events
from ..memory.campaigns import CampaignStatus
from ..memory.evaluations import Purpose, Run, StoredEvaluation
from ..space import GATE, Evaluation, Status
from . import screening
from .barren import BrokenStart, Rejections
from .budget import LEAST_RUNS, Budget, Unit
from .events import Event, EventKind, Observer
from .learner import Learner
from .pace import Pace, seconds
from .randomness import generator
from .runner import Landed, Runner
from .screening import DECIDED
from .settings import Settings
from .stop import BudgetReached, Progress, StopCondition, first_reason
from .strategy import Outlook

SEARCH_SEED = 0
"""Every candidate of a search meets the same data and initial weights: pairs by design."""
MARGIN = 1.25
"""Runs of a verification are planned as this much dearer than they were in the search."""
BEAT_S = 1.0
"""The longest wait between two heartbeats, in seconds."""


@dataclass
class Campaign:
    """One search in progress. Memory holds all that matters; the rest is rebuilt from it."""

    id: str
    settings: Settings
    domain: Domain
    memory: Memory
    learner: Learner[Any]
    runner: Runner
    observers: Sequence[Observer] = ()
    stops: Sequence[StopCondition] = ()
    queue: deque[Run] = field(default_factory=deque)
    searching: bool = True
    """Whether what passes a tier goes on to the next; no longer once verification begins."""
    landed: int = 0
    """The number in memory of the last result that was taken in."""
    _best: float | None = None
    _since_best: int = 0
    _doubted: bool | None = None
    counts: Counter[tuple[Purpose, str, Status]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._last_beat = time.monotonic()
        self._broken_start = BrokenStart({c.id: n for n, c in self.domain.references.items()})
        self._rejections = Rejections()
        self._pace = Pace(self.learner.scoreboard.ranking_tier)
        self._ranking_tiers = {tier.name for tier in self.domain.tiers if tier.ranks}

    # -- the loop -------------------------------------------------------------------------

    def search(self) -> str:
        """Run until a stop condition gives a reason, with the last runs still in flight."""
        settings = self.settings
        before = {Unit(name): amount for name, amount in settings.spent_before.items()}
        share = settings.budget.share(1 - settings.verify_share, before)
        spent = BudgetReached(share, "the search's share of the budget")
        stops: list[StopCondition] = [*self.stops, self._broken_start, self._rejections, spent]
        stops += [self._must_verify, partial(self._too_dear, share)]
        reason = self.work(stops, refill=self._refill, drain=False)
        self.searching = False
        return reason

    def drain(self) -> None:
        """Let what is in flight end, and begin nothing."""
        self.queue.clear()
        self.work(())

    def work(
        self,
        stops: Sequence[StopCondition],
        refill: Callable[[], bool] | None = None,
        *,
        drain: bool = True,
    ) -> str:
        """Work off the queue, refilled where it runs dry; returns why it ended.

        What is in flight ends first; without `drain` only where that could take the reason
        back: what is reserved for runs is more than they will have cost.
        """
        while True:
            progress = self.progress()
            reason = first_reason(stops, progress)
            if reason is None and self.runner.has_room:
                if not self.queue and refill is not None:
                    if refill():
                        continue
                    reason = "nothing new is left to try"
                if self.queue:
                    self._start(self.queue.popleft())
                    continue
            if not self.runner.busy or not (drain or first_reason(stops, progress.settled) is None):
                return reason or "all is done"
            landed = self.runner.wait(BEAT_S)
            self._beat()
            if landed is not None:
                self._land(landed)
            self.tell(EventKind.TICK, "")

    def _too_dear(self, budget: Budget, progress: Progress) -> str | None:
        """Stops where the next run, with those that follow it, would take more than is left."""
        run = self.queue[0] if self.queue else Run(self.id, "", GATE, SEARCH_SEED)
        expected = self._pace.expected_together(self._tiers_of(run))
        for unit in (Unit.WALL, Unit.DEVICE):
            left = budget.left(unit, progress.committed)
            if expected > left:
                return (
                    f"{seconds(left)} of {unit.label} are left, "
                    f"a run takes about {seconds(expected)}"
                )
        return None

    def _tiers_of(self, run: Run) -> list[Tier]:
        """What `run` leads to where all goes well: its own tier, up to the first that ranks."""
        tiers = [tier for tier in self.domain.tiers if tier.name == run.tier]
        following = self.learner.next_tier(run.tier)
        while following is not None:
            tiers.append(following)
            following = self.learner.next_tier(following.name)
        return tiers

    def _must_verify(self, progress: Progress) -> str | None:
        """Stops where what is left just pays for the smallest verification.

        Nothing is kept that would take more than half of the budget: then there is none.
        """
        budget, slots = self.settings.budget, self.runner.executor.slots
        run = self.dearness * self.learner.scoreboard.ranking_tier.expected_s
        # The last run of the search may just have begun, with the other slots idle.
        needed = (LEAST_RUNS * MARGIN + slots) * run
        whole = budget.slot_seconds_left({}, slots)
        left = budget.slot_seconds_left(progress.committed, slots)
        if needed > whole / 2 or left > needed:
            return None
        return "what is left is kept for verification"

    @property
    def dearness(self) -> float:
        """How dear runs are here, as a multiple of what the ranking tier is expected to take."""
        return self._pace.dearness

    @property
    def seconds_per_candidate(self) -> float:
        """What one candidate takes that goes all the way to the tier that ranks."""
        return self._pace.expected_together(self._tiers_of(Run(self.id, "", GATE, SEARCH_SEED)))

    def progress(self) -> Progress:
        """Where it stands; what is in flight is reserved at its limit."""
        spent = dict(self.runner.spent)
        spent[Unit.WALL] += time.monotonic() - self._last_beat
        reserved = self.runner.reserved()
        return Progress(spent, self.evaluations, self._best, self._since_best, reserved)

    def tell(self, kind: EventKind, message: str, **data: Any) -> None:
        """Let the observers see an event."""
        event, progress = Event(kind, message, data), self.progress()
        for observer in self.observers:
            observer(event, progress)

    @property
    def searched(self) -> Counter[str]:
        """How many runs of the search ended, by tier."""
        found: Counter[str] = Counter()
        for (purpose, tier, _), n in self.counts.items():
            if purpose is Purpose.SEARCH:
                found[tier] += n
        return found

    @property
    def evaluations(self) -> int:
        """How many runs ended, gate runs left out."""
        return sum(n for (_, tier, _), n in self.counts.items() if tier != GATE)

    # -- one run --------------------------------------------------------------------------

    def _refill(self) -> bool:
        """Queue a promotion that was earned, or a new proposal; False where there is neither."""
        promotion = self.learner.promote()
        if promotion is None:
            return self._propose()
        id_, tier = promotion
        with self.memory.transaction():
            # It may come from an earlier campaign; in its own, this changes nothing.
            candidates.propose(self.memory, self.id, self.learner.pool[id_], author="memory")
            self._note_decision(None, id_, tier.name)
        self.queue.append(Run(self.id, id_, tier.name, SEARCH_SEED))
        return True

    def _propose(self) -> bool:
        proposal = self.learner.propose()
        if isinstance(self.learner.author, Reflective):
            self.runner.note_author()
        if proposal is None:
            return False
        candidate = proposal.candidate
        with self.memory.transaction():
            candidates.propose(
                self.memory,
                self.id,
                candidate,
                author=self.learner.author.name,
                decision=proposal.decision,
            )
            board, outlook = self.learner.scoreboard, proposal.outlook
            expected = screening.keep(
                self.memory, self.id, candidate.id, board.ranking_tier.name, board.sign, outlook
            )
            found = expected | {"dry": [asdict(intent) for intent in proposal.dry]}
            self._note_decision(proposal.decision, candidate.id, GATE, found)
        self._tell_stance(outlook)
        self.tell(
            EventKind.PROPOSED,
            f"{candidate.id} {candidate.operator} {candidate.level or ''}: {candidate.idea}",
            candidate=candidate.id,
            operator=candidate.operator,
            level=candidate.level,
            idea=candidate.idea,
        )
        run = Run(self.id, candidate.id, GATE, SEARCH_SEED)
        # Only teams check drafts, and looking one up reads all events so far.
        drafts = isinstance(self.learner.author, Reflective)
        verdict = verdicts.find(self.memory, self.id, candidate.id) if drafts else None
        if verdict is None:
            self.queue.append(run)
        else:
            self._land(self.runner.adopt(run, verdict))
        return True

    def _note_decision(
        self,
        decision: int | None,
        candidate: str,
        tier: str,
        expected: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what was decided after which result: the order that a replay follows."""
        data = {"decision": decision, "candidate": candidate, "tier": tier, "after": self.landed}
        events.append(self.memory, self.id, DECIDED, data | dict(expected or {}))

    def _tell_stance(self, outlook: Outlook | None) -> None:
        """Say when the value model begins to choose, and when and why it stands aside."""
        if outlook is not None and self._doubted is not bool(outlook.doubt):
            self._doubted = bool(outlook.doubt)
            words = f"stands aside: {outlook.doubt}" if outlook.doubt else "chooses what runs"
            self.tell(EventKind.PHASE, f"the value model {words}")

    def _start(self, run: Run) -> None:
        self.runner.submit(run, self.learner.pool[run.candidate])
        self.tell(
            EventKind.RUNNING,
            f"{run.candidate} runs at {run.tier}",
            candidate=run.candidate,
            tier=run.tier,
            seed=run.seed,
            purpose=run.purpose,
        )

    def _land(self, landed: Landed) -> None:
        run, evaluation = landed.run, landed.evaluation
        self.landed = landed.number
        self.counts[run.purpose, run.tier, evaluation.status] += 1
        score = evaluation.metrics.get(self.learner.objective.name)
        # A score of a tier that ranks nothing would only be held against those that do.
        ranks = run.tier in self._ranking_tiers
        words = f"{score:.4g}" if score is not None and ranks else evaluation.reason
        reference = (
            self.learner.pool[run.candidate].name if run.purpose is Purpose.REFERENCE else ""
        )
        who = f"reference {reference}" if reference else run.candidate
        self.tell(
            EventKind.FINISHED,
            f"{who} {run.tier} {evaluation.status}: {words}".removesuffix(": "),
            candidate=run.candidate,
            reference=reference,
            tier=run.tier,
            seed=run.seed,
            purpose=run.purpose,
            status=evaluation.status,
            score=score,
            cpu_s=evaluation.cpu_s,
        )
        self._rejections.note(run, evaluation)
        self._learn(run, evaluation)
        following = self.following(run, evaluation)
        if following is not None:
            self.queue.appendleft(following)
        elif run.purpose is Purpose.SEARCH:
            self._reflect(run, evaluation)

    def _reflect(self, run: Run, evaluation: Evaluation) -> None:
        """Let an author that learns conclude from the last run of a candidate."""
        author = self.learner.author
        if isinstance(author, Reflective):
            rng = generator(self.settings.seed, "reflect", run.candidate)
            decision = candidates.decision_of(self.memory, self.id, run.candidate)
            author.reflect(self.learner.pool[run.candidate], evaluation, rng, decision)
            self.runner.note_author()

    def recall(self, stored: StoredEvaluation) -> None:
        """Take in a run of this campaign that ended before it was resumed."""
        self.landed = stored.id
        if stored.charged:
            self.counts[stored.run.purpose, stored.run.tier, stored.evaluation.status] += 1
            self._learn(stored.run, stored.evaluation)

    def following(self, run: Run, evaluation: Evaluation) -> Run | None:
        """The run that comes after a run of the search that went well, or None."""
        ended = run.purpose is not Purpose.SEARCH or not self.searching
        if ended or evaluation.status is not Status.OK:
            return None
        tier = self.learner.next_tier(run.tier)
        return None if tier is None else Run(self.id, run.candidate, tier.name, SEARCH_SEED)

    def _learn(self, run: Run, evaluation: Evaluation) -> None:
        take_in(self.learner, run, evaluation)
        self._broken_start.note(run, evaluation)
        if evaluation.status is not Status.OK:
            return
        self._pace.note(run.tier, evaluation.device_s)
        ranks = run.tier == self.learner.scoreboard.ranking_tier.name
        if run.purpose is Purpose.SEARCH and ranks:
            self._note_best(run, evaluation.metrics[self.learner.objective.name])

    def _note_best(self, run: Run, score: float) -> None:
        sign = self.learner.scoreboard.sign
        self._since_best += 1
        if self._best is None or sign * (score - self._best) > 0:
            self._best, self._since_best = score, 0
            self.tell(
                EventKind.BEST,
                f"{run.candidate} leads with {score:.4g} at {run.tier}",
                candidate=run.candidate,
                score=score,
                tier=run.tier,
            )

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last_beat >= BEAT_S / 2:
            self.runner.beat(now - self._last_beat)
            self._last_beat = now

    def end(self, status: CampaignStatus) -> None:
        """Take the last seconds into account and set how it ended."""
        self.runner.beat(time.monotonic() - self._last_beat)
        self._last_beat = time.monotonic()
        campaigns.set_status(self.memory, self.id, status)


def take_in(learner: Learner[Any], run: Run, evaluation: Evaluation) -> None:
    """Tell `learner` how a run ended; only runs of search and references say anything."""
    if run.purpose is Purpose.SEARCH:
        learner.learn(run.candidate, evaluation)
    elif run.purpose is Purpose.REFERENCE and evaluation.status is Status.OK:
        runs = {run.seed: evaluation.metrics}
        learner.learn_reference(learner.pool[run.candidate], run.tier, runs)

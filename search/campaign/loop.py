"""The campaign: propose, evaluate and learn until a stop condition; then verify."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...evaluators.domain import Domain, Tier
from ...evaluators.sampling import too_slow
from ...memory import Memory, campaigns
from ...memory.campaigns import CampaignStatus
from ...memory.evaluations import Purpose, Run, StoredEvaluation
from ...space import GATE, Evaluation, Status
from ..limits.affordability import NextTooDear, VerificationDue
from ..limits.barren import BrokenStart, Rejections
from ..limits.run_times import RunTimes
from ..limits.stop import BudgetSpent, Progress, StopCondition, first_reason
from ..setup.references import reference_names
from ..setup.settings import Settings
from ..tiers.run_conditions import Conditions
from .learner import Learner
from .proposer import SEARCH_SEED, Proposer
from .reserve import Kept, Reserve
from .runner import Landed, Runner
from .tally import Tally
from .turns import Finished, Leads, Observer, Running, Tick, Turn, Warned

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
    bar: float | None = None
    """What references are held against in validation."""
    lead: Leads | None = None
    """What was told of the best so far."""
    landed: int = 0
    """The number in memory of the last result that was taken in."""
    cut_off: frozenset[Run] = frozenset()
    """What a kill cut off: begun within the search's share, it is run again outside of it."""

    def __post_init__(self) -> None:
        board = self.learner.scoreboard
        self.tally = Tally(board.sign)
        self.times = RunTimes(board.ranking_tier)
        slots = self.runner.executor.slots
        self.reserve = Reserve(self.settings, self.domain, board, self.times, slots)
        self._conditions = Conditions(self.settings, self.domain, board, slots)
        self._proposer = Proposer(self.learner, self.runner, self.tell, self._halted)
        names = reference_names(self.domain)
        self._broken_start = BrokenStart(names, board.ranking_tier.name)
        self._rejections = Rejections()

    def search(self) -> str:
        """Run until a stop condition gives a reason, with the last runs still in flight."""
        settings = self.settings
        share, whole = settings.search_share, settings.budget
        slots = self.runner.executor.slots
        due = VerificationDue(whole, self.times, slots)
        anew: tuple[StopCondition, ...] = (
            BudgetSpent(share, "the search's share of the budget"),
            *([due] if settings.verify_share else []),
            Kept(whole, slots, self.reserve.after_search),
            NextTooDear(share, self.times, self._tiers_ahead),
        )
        again = BudgetSpent(whole), NextTooDear(whole, self.times, self._tiers_ahead)

        def spent(progress: Progress) -> str | None:
            return first_reason(again if self._is_cut_off_next else anew, progress)

        stops = [*self.stops, self._broken_start, self._rejections, spent]
        reason = self.work(stops, refill=self._refill, drain=False)
        self.searching = False
        return reason

    @property
    def own_programs(self) -> set[str]:
        """The ids of the user's own programs among the references."""
        return {self.domain.references[name].id for name in self.settings.programs}

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
                    # An author takes time: where that was the last, it is the reason.
                    reason = first_reason(stops, self.progress()) or "nothing new is left to try"
                if self.queue:
                    self._start(self.queue.popleft())
                    continue
            if not self.runner.busy:
                return reason or "all is done"
            if not drain and (settled := first_reason(stops, progress.settled)):
                return reason or settled  # a file may have appeared since the first look
            landed = self.runner.wait(BEAT_S)
            self.runner.beat(every=BEAT_S / 2)
            if landed is not None:
                self._land(landed)
            self.tell(Tick())

    def progress(self) -> Progress:
        """Where it stands; what is in flight is reserved at its limit."""
        tally, runner = self.tally, self.runner
        return Progress(
            runner.spent_by_now(),
            tally.evaluations,
            tally.best,
            tally.since_best,
            runner.reserved(),
        )

    def tell(self, turn: Turn) -> None:
        """Let the observers see what happened."""
        progress = self.progress()
        for observer in self.observers:
            observer(turn, progress)

    def recall(self, stored: StoredEvaluation) -> None:
        """Take in a run of this campaign that ended before it was resumed."""
        self.landed = stored.id
        if stored.charged:
            self.tally.count(stored.run, stored.evaluation)
            self._learn(stored.run, stored.evaluation)

    def following(self, run: Run, evaluation: Evaluation) -> Run | None:
        """The run that comes after a run of the search that went well, or None."""
        ended = run.purpose is not Purpose.SEARCH or not self.searching
        if ended or evaluation.status is not Status.OK:
            return None
        tier = self.learner.next_tier(run.tier)
        return None if tier is None else Run(self.id, run.candidate, tier.name, SEARCH_SEED)

    def end(self, status: CampaignStatus) -> None:
        """Take the last seconds into account and set how it ended."""
        self.runner.beat()
        campaigns.set_status(self.memory, self.id, status)

    def _tiers_ahead(self) -> list[Tier]:
        """What the next run leads through: that of a new candidate, where none is queued."""
        return self.learner.tiers_from(self.queue[0].tier if self.queue else GATE)

    @property
    def _is_cut_off_next(self) -> bool:
        return bool(self.queue) and self.queue[0] in self.cut_off

    def _halted(self) -> bool:
        """Whether the search ends whatever becomes of the runs in flight."""
        return first_reason(self.stops, self.progress().settled) is not None

    def _refill(self) -> bool:
        """Queue what the search tries next; False where there is nothing."""
        run = self._proposer.next_run(after=self.landed)
        if run is None:
            return False
        verdict = self._proposer.verdict(run)
        if verdict is None:
            self.queue.append(run)
        else:
            self._land(self.runner.adopt(run, verdict))
        return True

    def _start(self, run: Run) -> None:
        candidate = self.learner.pool[run.candidate]
        conditions = self._conditions
        watch, bounds = conditions.watch(run), conditions.bounds(run, self.bar)
        self.runner.submit(run, candidate, watch, bounds)
        self.tell(Running(run.candidate, run.tier, run.seed, run.purpose))

    def _land(self, landed: Landed) -> None:
        run, evaluation = landed.run, landed.evaluation
        self.landed = landed.number
        self.tally.count(run, evaluation)
        self._tell_finished(run, evaluation)
        self._rejections.note(run, evaluation)
        was_frugal, led = self.learner.is_frugal, self.lead
        self._learn(run, evaluation)
        if self.lead is not None and self.lead is not led:
            self.tell(self.lead)
        if self.learner.is_frugal and not was_frugal:
            self.tell(Warned("from now on, only what waits for nobody is proposed"))
        if run.candidate not in self.own_programs and self.reserve.postpones(run, evaluation):
            self._postpone_references()
        following = self.following(run, evaluation)
        if following is not None:
            again = [place for place, other in enumerate(self.queue) if other in self.cut_off]
            self.queue.insert(again[-1] + 1 if again else 0, following)
        else:
            self._proposer.reflect(run, evaluation)

    def _postpone_references(self) -> None:
        """Leave the references that still wait to validation, but for the user's own programs."""
        waiting = [
            run
            for run in self.queue
            if run.purpose is Purpose.REFERENCE and run.candidate not in self.own_programs
        ]
        for run in waiting:
            self.queue.remove(run)
        if waiting:
            words = f"{len(waiting)} dearer references wait until there is a best to compare"
            self.tell(Warned(words))

    def _tell_finished(self, run: Run, evaluation: Evaluation) -> None:
        is_reference = run.purpose is Purpose.REFERENCE
        self.tell(
            Finished(
                candidate=run.candidate,
                tier=run.tier,
                seed=run.seed,
                purpose=run.purpose,
                status=evaluation.status,
                reason=evaluation.reason,
                score=evaluation.metrics.get(self.learner.objective.name),
                ranks=any(tier.ranks for tier in self.domain.tiers if tier.name == run.tier),
                reference=self.learner.pool[run.candidate].name if is_reference else "",
                cpu_s=evaluation.cpu_s,
            )
        )

    def _learn(self, run: Run, evaluation: Evaluation) -> None:
        take_in(self.learner, run, evaluation)
        self._broken_start.note(run, evaluation)
        if evaluation.status is not Status.OK:
            return
        self.times.note(run.tier, evaluation.device_s)
        ranks = run.tier == self.learner.scoreboard.ranking_tier.name
        if run.purpose is Purpose.SEARCH and ranks:
            score, before = evaluation.metrics[self.learner.objective.name], self.tally.best
            if self.tally.leads(score):
                luck = self.learner.luck(run.tier)
                by_chance = before is not None and abs(score - before) <= luck
                self.lead = Leads(run.candidate, run.tier, score, by_chance)


def take_in(learner: Learner[Any], run: Run, evaluation: Evaluation) -> None:
    """Tell `learner` how a run ended; only runs of search and references say anything."""
    if run.purpose is Purpose.SEARCH:
        learner.learn(run.candidate, evaluation)
    elif run.purpose is Purpose.REFERENCE and evaluation.status is Status.OK:
        runs = {run.seed: evaluation.metrics}
        learner.learn_reference(learner.pool[run.candidate], run.tier, runs)
    elif run.purpose is Purpose.REFERENCE and too_slow(evaluation):
        learner.economise(run.tier)

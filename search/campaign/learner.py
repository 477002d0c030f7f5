"""What a campaign has learnt, and what it would try next: no input or output here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Generic, Protocol, TypeVar

from ...agents.author import Author, Economical, Exhaustive, Request
from ...evaluators.domain import Objective, Tier, decides_by_score
from ...evaluators.stopping import FORESEEN
from ...space import GATE, Candidate, Evaluation, Status
from ...value_model import Prediction
from ..strategies.archive import place_of
from ..strategies.contract import Foresighted, Intent, Outcome, Outlook, Predictive, Strategy
from ..tiers.cascade import Cascade
from ..tiers.halving import SuccessiveHalving
from ..tiers.scoreboard import Scoreboard
from .randomness import generator

S = TypeVar("S")

PROMOTED_SHARE = 4
"""Of this many results at a ranking tier, the best goes on to the next one."""
MAX_DRY_ASKS = 64
"""Intents in a row that may lead to nothing new before the space counts as exhausted, or, where it
can be gone through, one that is left stands in."""

Offer = Callable[[Intent, int, Random], list[Candidate]]
"""What an intent leads to by a decision of the campaign; nothing that was seen."""


@dataclass(frozen=True)
class Proposal:
    """A candidate that the strategy chose to run, by which decision of the campaign.

    `outlook` is what the strategy expected of it, None where it predicts nothing; `dry` are
    the intents just before it that led to nothing new.
    """

    candidate: Candidate
    decision: int
    outlook: Outlook | None = None
    dry: tuple[Intent, ...] = ()


class Shelf(Protocol):
    """Where candidates lie by id: a dict, or what reads them again when they are needed."""

    def __getitem__(self, id_: str, /) -> Candidate: ...

    def __setitem__(self, id_: str, candidate: Candidate, /) -> None: ...


@dataclass
class Learner(Generic[S]):
    """The strategy with its state, the standings, and every program known so far.

    Rebuilt by telling it again what memory holds, in order. `rungs` are the ranking tiers
    that the budget can afford to use, cheapest first; `descriptors` name the metrics that tell
    kinds of candidates apart; `noise` is the standard deviation of one seed's score, by tier,
    where it is known.
    """

    objective: Objective
    tiers: tuple[Tier, ...]
    strategy: Strategy[S]
    author: Author
    seed: int
    rungs: tuple[Tier, ...]
    descriptors: tuple[str, ...] = ()
    noise: Mapping[str, float] = field(default_factory=dict)
    decision: int = 0
    pool: Shelf = field(default_factory=dict[str, Candidate])
    seen: set[str] = field(default_factory=set)
    is_frugal: bool = False
    """Whether only what takes less is proposed any more."""
    _tickets: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = self.strategy.initial()
        self.scoreboard = Scoreboard(self.objective, self.tiers)
        self._halving = SuccessiveHalving(list(map(self._doubt, self.rungs)), PROMOTED_SHARE)
        self._cascade = Cascade(self.tiers)

    def know(self, candidate: Candidate) -> None:
        """A program that exists: never proposed again."""
        self.pool[candidate.id] = candidate
        self.seen.add(candidate.id)

    def propose(self, halted: Callable[[], bool] = lambda: False) -> Proposal | None:
        """The next candidate to run, or None where nothing new is to be had, or once `halted`.

        After many intents in vain, one goes to whatever an author can still name.
        """
        dry: list[Intent] = []
        while len(dry) <= MAX_DRY_ASKS and not halted():
            decision = self.decision
            self.decision += 1
            offer = self._offer if len(dry) < MAX_DRY_ASKS else self._offer_any
            intent, chosen = self._decide(decision, offer)
            if chosen is not None:
                self.know(chosen)
                return Proposal(chosen, decision, self._outlook(), tuple(dry))
            dry.append(intent)
        return None

    def pass_over(self, dry: Iterable[Intent]) -> None:
        """Learn again that these intents led to nothing new."""
        for intent in dry:
            self.strategy.abandon(self.state, intent)

    def recall(self, hopes: Mapping[str, float]) -> None:
        """Take in what an earlier proposal's outlook hoped for, after the outcomes before it."""
        if isinstance(self.strategy, Predictive):
            self.strategy.recall(self.state, hopes)

    def learn(self, candidate_id: str, evaluation: Evaluation) -> None:
        """Take in the end of a run made for the search."""
        candidate = self.pool[candidate_id]
        ok = evaluation.status is Status.OK
        foreseen = None if ok else evaluation.metrics.get(FORESEEN)
        # A run that was stopped as no good is not one that a cheap tier would have rejected.
        self._cascade.tell(evaluation.tier, ok or foreseen is not None)
        if ok and evaluation.tier == GATE:
            return
        score = evaluation.metrics[self.objective.name] if ok else None
        if score is not None:
            self.scoreboard.add(candidate_id, evaluation.tier, evaluation.seed, score)
        rung = self._rung(evaluation.tier)
        if rung is not None:
            self._halving.tell(candidate_id, rung, self._merit(self.rungs[rung], evaluation))
        # How it did at a tier that only validation uses says nothing of the edit that made it.
        if rung == 0 or (rung is None and self.is_last(evaluation)):
            place = place_of(evaluation.metrics, self.descriptors)
            # What a stopped run was headed for guides the search, and is never ranked.
            self._tell(candidate, self._signed(foreseen if score is None else score), place)
        elif rung and score is not None:
            self._study(candidate, evaluation.tier, score)

    def learn_reference(
        self, candidate: Candidate, tier: str, runs: Mapping[int, Mapping[str, float]]
    ) -> None:
        """Take in a reference's metrics by seed at `tier`: a root of the search."""
        self.know(candidate)
        for seed, metrics in runs.items():
            self.scoreboard.add(candidate.id, tier, seed, metrics[self.objective.name])
        standing = self.scoreboard.standing(candidate.id, tier)
        if standing is None:
            return
        if tier == self.scoreboard.ranking_tier.name:
            first = next(iter(runs.values()), {})
            self._tell(candidate, self._signed(standing.score), place_of(first, self.descriptors))
        elif self._rung(tier):
            self._study(candidate, tier, standing.score)

    def economise(self, tier: str) -> None:
        """Take in that a reference was too slow at `tier`: at the one searched at, what resembles
        it need not be proposed."""
        if tier == self.scoreboard.ranking_tier.name and isinstance(self.author, Economical):
            self.is_frugal = self.author.economise()

    def luck(self, tier: str) -> float:
        """The standard deviation between two results of one candidate at `tier`, on one seed each;
        0 where it is not known."""
        return math.sqrt(2) * self.noise.get(tier, 0.0)

    def promote(self) -> tuple[str, Tier] | None:
        """A candidate that has earned a dearer tier, and that tier; None where none has."""
        promotion = self._halving.next()
        if promotion is None:
            return None
        return promotion.candidate, self.rungs[promotion.rung]

    def foresee(self, candidate_id: str, tier: str) -> Prediction | None:
        """What the strategy expects of a candidate at a dearer tier; None where it cannot say."""
        if not isinstance(self.strategy, Foresighted):
            return None
        return self.strategy.foresee(self.state, self.pool[candidate_id], tier)

    def note_promoted(self, candidate_id: str, tier: str) -> None:
        """A candidate is on its way to `tier` already: it was when a process was killed."""
        rung = self._rung(tier)
        if rung:
            self._halving.promoted_to(candidate_id, rung)

    def next_tier(self, tier: str) -> Tier | None:
        """The tier that follows a passed `tier` of its own accord: up to the ranking one."""
        return self._cascade.following(tier)

    def is_last(self, evaluation: Evaluation) -> bool:
        """Whether a run of a candidate was the last that a search makes of its own accord.

        So is one at a rung, whence only promotion leads on, and one below that failed. Tiers
        that the search itself does not use are none of its.
        """
        on_the_way = self.next_tier(evaluation.tier) is not None
        failed = evaluation.status is not Status.OK
        return self._rung(evaluation.tier) is not None or (on_the_way and failed)

    def tiers_from(self, tier: str) -> list[Tier]:
        """What a run at `tier` leads to where all goes well: up to the first tier that ranks."""
        own = [known for known in self.tiers if known.name == tier]
        return own + self._cascade.ahead(tier)

    def _merit(self, rung: Tier, evaluation: Evaluation) -> float | None:
        """What decides who goes on from `rung`, higher is better; None where a run has none: it
        did not end well, or ended before the tier declared what it decides by."""
        if evaluation.status is not Status.OK:
            return None
        metric = rung.decides or self.objective
        value = evaluation.metrics.get(metric.name)
        return None if value is None else metric.sign * value

    def _doubt(self, rung: Tier) -> float:
        """The noise of what `rung` decides by: only that of the score may be known."""
        known = decides_by_score(rung, self.objective)
        return self.noise.get(rung.name, 0.0) if known else 0.0

    def _study(self, candidate: Candidate, tier: str, score: float) -> None:
        if isinstance(self.strategy, Foresighted):
            self.strategy.study(self.state, candidate, tier, self.scoreboard.sign * score)

    def _rung(self, tier: str) -> int | None:
        names = [rung.name for rung in self.rungs]
        return names.index(tier) if tier in names else None

    def _decide(self, decision: int, offer: Offer) -> tuple[Intent, Candidate | None]:
        rng = generator(self.seed, "decision", decision)
        intent = self.strategy.ask(self.state, rng)
        proposals = offer(intent, decision, rng)
        if not proposals:
            self.strategy.abandon(self.state, intent)
            return intent, None
        chosen = self.strategy.choose(self.state, intent, proposals, rng)
        self._tickets[chosen.id] = intent.ticket
        return intent, chosen

    def _offer(self, intent: Intent, decision: int, rng: Random) -> list[Candidate]:
        parents = tuple(self.pool[id_] for id_ in intent.parents)
        request = Request(intent.operator, intent.level, parents, intent.width, decision=decision)
        proposed = self.author.propose(request, rng)
        return [candidate for candidate in proposed if candidate.id not in self.seen]

    def _offer_any(self, intent: Intent, decision: int, rng: Random) -> list[Candidate]:
        author = self.author
        left = author.any_left(self.seen, rng) if isinstance(author, Exhaustive) else None
        return [] if left is None else [left]

    def _outlook(self) -> Outlook | None:
        strategy = self.strategy
        return strategy.outlook(self.state) if isinstance(strategy, Predictive) else None

    def _signed(self, score: float | None) -> float | None:
        """A score as strategies have it: higher is better."""
        return None if score is None else self.scoreboard.sign * score

    def _tell(self, candidate: Candidate, score: float | None, place: tuple[float, ...]) -> None:
        ticket = self._tickets.pop(candidate.id, None)
        self.strategy.tell(self.state, Outcome(candidate, score, ticket, place))

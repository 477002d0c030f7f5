"""Hierarchical tree search: which candidate to go on from, at which level, by which operator.

A turn descends from the root by upper confidence bounds on the best score below each child
(Kocsis and Szepesvari 2006), stops where going on from the node itself looks better than
anything under it, and there draws an operator and a level from a bandit. Scores count by
their ranks, so no domain needs constants of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from ..space import Candidate, Level
from ..value_model import Prediction, Predictor, Sample
from .acquisition import Acquisition, expected_improvement
from .bandit import ThompsonBandit
from .graph import ROOT, Arm, Graph, Node
from .ranks import Ranks
from .strategy import Intent, Outcome
from .tickets import Tickets

MUTATE, RECOMBINE, SAMPLE = "mutate", "recombine", "sample"
FRESH: Arm = (SAMPLE, None)


@dataclass(frozen=True)
class TreeOptions:
    """What may be chosen; every figure means the same in every domain.

    `warmup` fresh samples come first. `exploration` is the width of the confidence bounds,
    in ranks. A node starts at most `widening` * visits ** 0.5 children of its own
    (progressive widening: Coulom 2007); the `breadth` best children are looked at.
    `width` proposals are asked for where a predictor chooses among them.
    """

    levels: tuple[Level, ...] = tuple(Level)
    operators: tuple[str, ...] = (MUTATE, RECOMBINE)
    width: int = 25
    warmup: int = 5
    exploration: float = 0.1
    widening: float = 4.0
    breadth: int = 16
    hierarchical: bool = True
    learn_levels: bool = True


@dataclass
class TreeState:
    """All that the search knows. Telling the same outcomes in order makes it again."""

    graph: Graph = field(default_factory=Graph)
    ranks: Ranks = field(default_factory=Ranks)
    bandit: ThompsonBandit[Arm] = field(default_factory=ThompsonBandit)
    tickets: Tickets = field(default_factory=Tickets)
    predictor: Predictor | None = None
    samples: list[Sample] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    fitted: int = 0


class HierarchicalTree:
    """A `Strategy[TreeState]`.

    `predictor` makes a value model and `describe` says what is known of a candidate before
    its run. Without a predictor the choice among proposals is the author's first.
    """

    name = "tree"

    def __init__(
        self,
        options: TreeOptions | None = None,
        *,
        predictor: Callable[[], Predictor] | None = None,
        describe: Callable[[Candidate], Sample] = Sample,
        acquisition: Acquisition = expected_improvement,
    ) -> None:
        self.options = options or TreeOptions()
        self._predictor = predictor
        self._describe = describe
        self._acquisition = acquisition

    def initial(self) -> TreeState:
        return TreeState(predictor=self._predictor() if self._predictor else None)

    def ask(self, state: TreeState, rng: Random) -> Intent:
        started = len(state.scores) + len(state.tickets)
        node = state.graph[ROOT] if started < self.options.warmup else self._select(state)
        arm = FRESH if node.id == ROOT else self._arm(state, node, rng)
        parents = () if node.id == ROOT else (node.id, *self._partners(state, node, arm, rng))
        state.graph.hold(node)
        width = self.options.width if state.predictor is not None else 1
        return state.tickets.issue(Intent(0, arm[0], arm[1], parents, width))

    def choose(
        self, state: TreeState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        if state.predictor is None or not state.scores:
            return proposals[0]
        if state.fitted < len(state.scores):
            state.predictor.fit(state.samples, state.scores)
            state.fitted = len(state.scores)
        predictions = state.predictor.predict([self._sample(state, c) for c in proposals])
        worth = self._acquisition(predictions, max(state.scores), rng)
        chosen = worth.index(max(worth))
        self._expect(state, intent, [p for i, p in enumerate(predictions) if i != chosen])
        return proposals[chosen]

    def tell(self, state: TreeState, outcome: Outcome) -> None:
        self._release(state, outcome.ticket)
        candidate, score = outcome.candidate, outcome.score
        parents = [parent for parent in candidate.parents if parent in state.graph]
        node = state.graph.add(candidate.id, parents or [ROOT])
        state.graph.record(node, score)
        if score is not None:
            state.samples.append(self._sample(state, candidate))
            state.scores.append(score)
            state.ranks.add(score)
        if parents:
            state.bandit.learn(
                (candidate.operator, candidate.level), self._gain(state, parents[0], score)
            )

    def abandon(self, state: TreeState, ticket: int) -> None:
        intent, node = self._release(state, ticket)
        if intent is not None and node is not None:
            node.closed.add((intent.operator, intent.level))

    # Which node

    def _select(self, state: TreeState) -> Node:
        """Descend to where going on from a node itself is the best option."""
        node = state.graph[ROOT]
        while True:
            total = math.log(2 + node.visits + node.pending)
            best, best_worth = None, self._own_worth(state, node, total)
            for child in state.graph.top_children(node, self.options.breadth):
                tries = child.visits + child.pending
                worth = self._bound(state.ranks.of(child.best), total, tries)
                if worth > best_worth:
                    best, best_worth = child, worth
            if best is None:
                return node
            node = best

    def _own_worth(self, state: TreeState, node: Node, log_total: float) -> float:
        """How good it is to go on from `node` itself; -1 where that is closed."""
        limit = self.options.widening * (1 + node.visits + node.pending) ** 0.5
        if node.expansions >= limit or not self._open_arms(node):
            return -1.0
        hope = node.score if node.promise is None else node.promise
        rank = 0.5 if hope is None else state.ranks.of(hope)
        return self._bound(rank, log_total, node.expansions)

    def _bound(self, rank: float, log_total: float, tries: int) -> float:
        return rank + self.options.exploration * math.sqrt(log_total / (1 + tries))

    # Which level and operator

    def _open_arms(self, node: Node) -> list[Arm]:
        if node.id == ROOT:
            return [FRESH]
        return [arm for arm in self._arms if arm not in node.closed]

    @property
    def _arms(self) -> list[Arm]:
        levels: tuple[Level | None, ...] = self.options.levels
        if not self.options.hierarchical:
            levels = (None,)
        others: list[Arm] = [(op, None) for op in self.options.operators if op != MUTATE]
        return [(MUTATE, level) for level in levels if MUTATE in self.options.operators] + others

    def _arm(self, state: TreeState, node: Node, rng: Random) -> Arm:
        arms = self._open_arms(node) or self._arms
        return state.bandit.pick(arms, rng) if self.options.learn_levels else rng.choice(arms)

    def _partners(self, state: TreeState, node: Node, arm: Arm, rng: Random) -> Sequence[str]:
        """Whom to recombine with: one of the better candidates elsewhere."""
        if arm[0] != RECOMBINE:
            return ()
        elite = [c.id for c in state.graph.elite(self.options.breadth) if c is not node]
        return (rng.choice(elite),) if elite else ()

    def _gain(self, state: TreeState, parent: str, score: float | None) -> float:
        """What an edit paid: where its result stands among all so far, in 0..1."""
        return 0.0 if score is None else float(state.ranks.of(score) > 0.8)

    # The value model

    def _sample(self, state: TreeState, candidate: Candidate) -> Sample:
        known = self._describe(candidate)
        parent = candidate.parents[0] if candidate.parents else ROOT
        above = state.graph[parent].score if parent in state.graph else None
        return Sample(candidate, known.domain, known.tier, known.free, above)

    def _expect(self, state: TreeState, intent: Intent, left: Sequence[Prediction]) -> None:
        """Remember at the node how good the proposals are that were not chosen."""
        node = state.graph[intent.parents[0] if intent.parents else ROOT]
        node.promise = max((p.mean + p.spread for p in left), default=None)

    def _release(self, state: TreeState, ticket: int | None) -> tuple[Intent | None, Node | None]:
        intent = state.tickets.close(ticket)
        if intent is None:
            return None, None
        node = state.graph[intent.parents[0] if intent.parents else ROOT]
        state.graph.release(node)
        return intent, node

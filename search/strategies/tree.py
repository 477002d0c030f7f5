"""Hierarchical tree search: where to go on, at which level, by which operator.

A turn descends from the root by upper confidence bounds on the best score below each child
(Kocsis and Szepesvari 2006) and stops where going on from the node itself looks better than
anything under it; several such places share a turn. A bandit picks operator and level. The
value model, where there is one, chooses among the proposals and says what the others are
worth. Scores count by their ranks, so no domain needs constants of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from random import Random

from ...space import Candidate, Level, Operator
from ...value_model import Choice, Prediction, Predictor, Sample, Screen, Surveyor, Tierwise
from ...value_model.contract import GENERATIONS, trend_of
from .archive import Elite
from .bandit import ThompsonBandit
from .contract import Intent, Outcome, Outlook
from .graph import ROOT, Arm, Graph, Node
from .islands import Islands
from .ranks import Ranks
from .tickets import Tickets

FRESH: Arm = (Operator.SAMPLE, None)
PRUNED_EVERY = 1000
"""Results after which the tree forgets the nodes that it cannot come to any more."""
OPERATORS = frozenset(Operator)
SURVEY = "least like what was tried"
"""The reason of a choice before anything is known."""


@dataclass(frozen=True)
class TreeOptions:
    """What may be chosen; every figure means the same in every domain.

    `warmup` fresh samples come first. `exploration` is the width of the confidence bounds,
    in ranks. A node starts at most `widening` * visits ** 0.5 children of its own
    (progressive widening: Coulom 2007); the `breadth` best children are looked at.
    Where a predictor chooses, a turn asks for `width` proposals from `places` nodes; else,
    and while the predictor is in doubt, for one. Before the predictor knows any score,
    `survey` fresh samples are drawn at a time, and the one least like what was tried is run;
    with 1, whatever was drawn. An edit has paid when its result is among the best `paying`
    share so far. With several `islands`, turns go round among them.
    """

    levels: tuple[Level, ...] = tuple(Level)
    operators: tuple[Operator, ...] = (Operator.MUTATE, Operator.RECOMBINE)
    width: int = 25
    places: int = 3
    warmup: int = 10
    exploration: float = 0.1
    widening: float = 4.0
    breadth: int = 16
    paying: float = 0.2
    hierarchical: bool = True
    learn_levels: bool = True
    archive: bool = True
    survey: int = 25
    islands: int = 1


@dataclass
class TreeState:
    """All that the search knows. Telling the same outcomes in order makes it again."""

    graph: Graph
    islands: Islands
    ranks: Ranks = field(default_factory=Ranks)
    bandit: ThompsonBandit[Arm] = field(default_factory=ThompsonBandit)
    tickets: Tickets = field(default_factory=Tickets)
    predictor: Predictor | None = None
    samples: list[Sample] = field(default_factory=list)
    """What `predictor` learns from, with `scores`; nothing is kept where there is none."""
    scores: list[float] = field(default_factory=list)
    dear_samples: list[Sample] = field(default_factory=list)
    """Results at dearer tiers, from which it learns to predict these."""
    dear_scores: list[float] = field(default_factory=list)
    fitted: int = 0
    outlook: Outlook | None = None


class HierarchicalTree:
    """A `Strategy[TreeState]`, and `Predictive`.

    `predictor` makes a value model, `describe` says what is known of a candidate before
    its run, and `screen` chooses by them. Without a predictor the author's first proposal
    is run.
    """

    name = "tree"

    def __init__(
        self,
        options: TreeOptions | None = None,
        *,
        predictor: Callable[[], Predictor] | None = None,
        describe: Callable[[Candidate], Sample] = Sample,
        screen: Screen | None = None,
    ) -> None:
        self.options = options or TreeOptions()
        self._arms = _arms(self.options)
        self._predictor = predictor
        self._describe = describe
        self._screen = screen or Screen("ucb", explore=0.05)

    def initial(self) -> TreeState:
        graph = Graph()
        islands = Islands(graph, self.options.islands, self.options.breadth)
        return TreeState(graph, islands, predictor=self._predictor() if self._predictor else None)

    def ask(self, state: TreeState, rng: Random) -> Intent:
        self._learn(state)
        node = state.graph[ROOT] if self._begins(state) else self._select(state, ROOT)
        arm = FRESH if node.id == ROOT else self._arm(state, node, rng)
        state.graph.hold(node)
        parents: tuple[str, ...] = ()
        if arm[0] == Operator.RECOMBINE:
            parents = (node.id, *self._partners(state, node, rng))
        elif arm != FRESH:
            parents = (node.id, *self._places(state, node, arm))
        return state.tickets.issue(*arm, parents, self._width(state, arm))

    def _begins(self, state: TreeState) -> bool:
        """Whether fresh samples are still due: some, and until every island has a score."""
        root = state.graph[ROOT]
        few = root.visits + root.pending < self.options.warmup
        return few or any(state.graph[island.root].best == -math.inf for island in state.islands)

    def choose(
        self, state: TreeState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        if state.predictor is None:
            return proposals[0]
        samples = [self._sample(state, candidate) for candidate in proposals]
        choice = self._choice(state, state.predictor, samples, rng)
        hopes = _hopes(proposals, choice.predictions, but=choice.index)
        state.outlook = Outlook(
            choice.predictions[choice.index],
            state.predictor.ready,
            len(proposals),
            choice.reason,
            state.predictor.doubt,
            {} if state.predictor.doubt else hopes,
        )
        self.recall(state, state.outlook.hopes)
        return proposals[choice.index]

    def _choice(
        self, state: TreeState, predictor: Predictor, samples: Sequence[Sample], rng: Random
    ) -> Choice:
        if len(samples) > 1 and self._surveys(state):
            assert isinstance(predictor, Surveyor)
            away = predictor.unfamiliar(state.samples, samples)
            return Choice(away.index(max(away)), SURVEY, tuple(predictor.predict(samples)))
        return self._screen.choose(predictor, samples, max(state.scores, default=0.0), rng)

    def _surveys(self, state: TreeState) -> bool:
        """Whether candidates are chosen by how little is known of them."""
        surveyor = isinstance(state.predictor, Surveyor) and not state.predictor.ready
        early = len(state.scores) < self.options.warmup
        return self.options.survey > 1 and surveyor and early

    def _width(self, state: TreeState, arm: Arm) -> int:
        """How many proposals there are to choose from."""
        if _is_trusted(state.predictor):
            return self.options.width
        return self.options.survey if arm == FRESH and self._surveys(state) else 1

    def outlook(self, state: TreeState) -> Outlook | None:
        return state.outlook

    def recall(self, state: TreeState, hopes: Mapping[str, float]) -> None:
        for origin, hope in hopes.items():
            if origin in state.graph:
                state.graph[origin].promise = hope

    def study(self, state: TreeState, candidate: Candidate, tier: str, score: float) -> None:
        if isinstance(state.predictor, Tierwise):
            state.dear_samples.append(replace(self._sample(state, candidate), tier=tier))
            state.dear_scores.append(score)

    def foresee(self, state: TreeState, candidate: Candidate, tier: str) -> Prediction | None:
        if not isinstance(state.predictor, Tierwise):
            return None
        self._learn(state)
        if not state.predictor.knows(tier):
            return None
        return state.predictor.predict([replace(self._sample(state, candidate), tier=tier)])[0]

    def tell(self, state: TreeState, outcome: Outcome) -> None:
        if state.tickets.is_told(outcome.ticket):
            return
        self._release(state, state.tickets.close(outcome.ticket))
        candidate, score = outcome.candidate, outcome.score
        edited = [parent for parent in candidate.parents if parent in state.graph]
        island = state.islands.home(candidate.id, edited)
        within = [parent for parent in edited if state.islands.of(parent) is island]
        node = state.graph.add(candidate.id, within or [island.root])
        state.graph.record(node, score, state.graph[edited[0] if edited else ROOT])
        if score is not None:
            self._keep(state, candidate, score)
            elite = Elite(candidate.id, score, outcome.place)
            island.add(elite, again=node.results > 1)
        state.islands.migrate(island)
        if edited and candidate.operator in OPERATORS:
            paid = score is not None and state.ranks.of(score) > 1 - self.options.paying
            arm = (Operator(candidate.operator), candidate.level)
            state.bandit.learn(arm, float(paid))
        if state.graph[ROOT].visits % PRUNED_EVERY == 0:
            state.graph.prune(self.options.breadth, self._partnering(state))

    def abandon(self, state: TreeState, intent: Intent) -> None:
        self._release(state, state.tickets.give_up(intent.ticket))
        places = intent.parents[:1] if intent.operator == Operator.RECOMBINE else intent.parents
        for place in places:
            if place in state.graph:  # when told again, it may be forgotten by now
                state.graph[place].closed.add((intent.operator, intent.level))

    # Where to go on

    def _select(self, state: TreeState, top: str, but: AbstractSet[str] = frozenset()) -> Node:
        """The best place at or below `top`, not in `but`; the root where none is open."""
        return self._descend(state, state.graph[top], but, set()) or state.graph[ROOT]

    def _descend(
        self, state: TreeState, top: Node, but: AbstractSet[str], dead: set[str]
    ) -> Node | None:
        """Take the best option at each node, down to a place; the next best where that is dead.

        What turns out to have no open place at or below it joins `dead`, and is known as
        exhausted until something changes there.
        """
        # No recursion: along second parents, a way down may be as long as the search.
        way = [(top, self._options(state, top, but))]
        while way:
            node, options = way[-1]
            option = next(options, None)
            if option is node:
                return node
            if option is None:
                dead.add(node.id)
                node.exhausted = not but
                way.pop()
            elif option.id not in dead:
                way.append((option, self._options(state, option, but)))
        return None

    def _options(self, state: TreeState, node: Node, but: AbstractSet[str]) -> Iterator[Node]:
        """Where a descent at `node` may go on, the best first: its children, and itself."""
        log_total = math.log(2 + node.visits + node.pending)
        options = [
            (self._worth_below(state, node, child, log_total), child)
            for child in state.graph.top_children(node, self.options.breadth)
            if not child.exhausted
        ]
        if node.id not in but and self._is_open(node):
            options.append((self._own_worth(state, node, log_total), node))
        return (option for _, option in sorted(options, key=_worth, reverse=True))

    def _worth_below(self, state: TreeState, node: Node, child: Node, log_total: float) -> float:
        """How good it is to go on at `child`.

        Islands are taken for equally good, so the one with the fewest results comes next.
        """
        alike = node.id == ROOT and len(state.islands) > 1
        best = node.best if alike else child.best
        return self._bound(state.ranks.of(best), log_total, child.visits + child.pending)

    def _is_open(self, node: Node) -> bool:
        """Whether `node` itself may be gone on from: never from what failed."""
        tries = node.expansions + node.started
        if tries >= self.options.widening * (1 + node.visits + node.pending) ** 0.5:
            return False
        if node.id == ROOT:
            return FRESH not in node.closed
        return node.score is not None and not node.closed.issuperset(self._arms)

    def _own_worth(self, state: TreeState, node: Node, log_total: float) -> float:
        """How good it is to go on from `node` itself."""
        hope = node.score if node.promise is None else node.promise
        rank = 0.5 if hope is None else state.ranks.of(hope)
        return self._bound(rank, log_total, node.expansions + node.started)

    def _bound(self, rank: float, log_total: float, tries: int) -> float:
        return rank + self.options.exploration * math.sqrt(log_total / (1 + tries))

    def _places(self, state: TreeState, node: Node, arm: Arm) -> Sequence[str]:
        """Further nodes to go on from in the same turn, for the value model to compare."""
        if not _is_trusted(state.predictor):
            return ()
        top = state.islands.of(node.id).root
        seen, places = {node.id, ROOT}, []
        for _ in range(self.options.places - 1):
            other = self._select(state, top, seen)
            if other.id in seen:
                break
            seen.add(other.id)
            if arm not in other.closed:
                places.append(other.id)
        return places

    # Which level and operator, and with whom

    def _arm(self, state: TreeState, node: Node, rng: Random) -> Arm:
        arms = [arm for arm in self._arms if arm not in node.closed] or list(self._arms)
        return state.bandit.pick(arms, rng) if self.options.learn_levels else rng.choice(arms)

    def _partners(self, state: TreeState, node: Node, rng: Random) -> Sequence[str]:
        """Whom to recombine with: the best of its island, and those of other kinds there."""
        island = state.islands.of(node.id)
        known = dict.fromkeys(other.id for other in island.best)
        if self.options.archive:
            good = [e.id for e in island.archive if state.ranks.of(e.score) > 0.5]
            known |= dict.fromkeys(rng.sample(good, min(self.options.breadth, len(good))))
        known.pop(node.id, None)
        return rng.sample(list(known), min(self.options.places, len(known)))

    def _partnering(self, state: TreeState) -> Sequence[str]:
        """All that may be recombined with, the place itself apart."""
        return [elite.id for island in state.islands for elite in island]

    # What a result and a prediction leave behind

    def _keep(self, state: TreeState, candidate: Candidate, score: float) -> None:
        state.ranks.add(score)
        if state.predictor is not None:  # a sample holds its whole program
            state.samples.append(self._sample(state, candidate))
            state.scores.append(score)

    def _sample(self, state: TreeState, candidate: Candidate) -> Sample:
        parent = candidate.parents[0] if candidate.parents else ROOT
        line = state.graph.line(parent, GENERATIONS + 1)
        above = line[0] if line else None
        return replace(self._describe(candidate), parent_score=above, trend=trend_of(line))

    def _learn(self, state: TreeState) -> None:
        """Bring the value model up to the results so far."""
        known = len(state.scores) + len(state.dear_scores)
        if state.predictor is not None and state.fitted < known:
            samples = [*state.samples, *state.dear_samples]
            state.predictor.fit(samples, [*state.scores, *state.dear_scores])
            state.fitted = known

    def _release(self, state: TreeState, intent: Intent | None) -> None:
        if intent is not None:
            state.graph.release(state.graph[intent.parents[0] if intent.parents else ROOT])


def _is_trusted(predictor: Predictor | None) -> bool:
    return predictor is not None and not predictor.doubt


def _hopes(
    proposals: Sequence[Candidate], predictions: Sequence[Prediction], but: int
) -> dict[str, float]:
    """What the proposals are worth at most that were not chosen, by the node they go on from."""
    hopes: dict[str, float] = {}
    for i, (candidate, prediction) in enumerate(zip(proposals, predictions, strict=True)):
        if i != but:
            origin = candidate.parents[0] if candidate.parents else ROOT
            hopes[origin] = max(hopes.get(origin, prediction.hope), prediction.hope)
    return hopes


def _worth(option: tuple[float, Node]) -> float:
    return option[0]


def _arms(options: TreeOptions) -> tuple[Arm, ...]:
    """Mutation at each level (at any, without hierarchy), and the operators without one."""
    levels: tuple[Level | None, ...] = options.levels if options.hierarchical else (None,)
    found: list[Arm] = []
    for operator in options.operators:
        found += [
            (operator, level) for level in (levels if operator == Operator.MUTATE else (None,))
        ]
    return tuple(found)

"""Hierarchical tree search: where to go on, at which level, by which operator.

A turn descends from the root by upper confidence bounds on the best score below each child
(Kocsis and Szepesvari 2006) and stops where going on from the node itself looks better than
anything under it; several such places share a turn (descent.py). A bandit picks operator and
level. The value model, where there is one, chooses among the proposals and says what the others
are worth (surrogate.py). Scores count by their ranks, so no domain needs constants of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from ...space import Candidate, Operator
from ...value_model import Prediction, Predictor, Sample, Screen
from ...value_model.contract import GENERATIONS, trend_of
from .archive import Elite
from .contract import Intent, Outcome, Outlook
from .descent import further_places, select
from .graph import ROOT, Arm, Graph, Node
from .islands import Islands
from .surrogate import Surrogate
from .tree_options import FRESH, TreeOptions
from .tree_state import TreeState

__all__ = ["HierarchicalTree", "TreeOptions", "TreeState"]

PRUNED_EVERY = 1000
"""Results after which the tree forgets the nodes that it cannot come to any more."""
OPERATORS = frozenset(Operator)


class HierarchicalTree:
    """A `Strategy[TreeState]`, and `Predictive`.

    `predictor` makes a value model, `describe` says what is known of a candidate before
    its run, and `screen` chooses by them. Without a predictor the author's first proposal
    is run.
    """

    def __init__(
        self,
        options: TreeOptions | None = None,
        *,
        predictor: Callable[[], Predictor] | None = None,
        describe: Callable[[Candidate], Sample] = Sample,
        screen: Screen | None = None,
    ) -> None:
        self.options = options or TreeOptions()
        self._predictor = predictor
        self._describe = describe
        self._screen = screen or Screen()

    def initial(self) -> TreeState:
        graph = Graph()
        islands = Islands(graph, self.options.islands, self.options.breadth)
        surrogate = Surrogate(self._predictor()) if self._predictor else None
        return TreeState(graph, islands, surrogate=surrogate)

    def ask(self, state: TreeState, rng: Random) -> Intent:
        if state.surrogate is not None:
            state.surrogate.learn()
        node = select(state, self.options)
        arm = FRESH if node.id == ROOT else self._arm(state, node, rng)
        state.graph.hold(node)
        parents: tuple[str, ...] = ()
        if arm[0] == Operator.RECOMBINE:
            parents = (node.id, *self._partners(state, node, rng))
        elif arm != FRESH:
            parents = (node.id, *self._places(state, node, arm))
        return state.tickets.issue(*arm, parents, self._width(state, arm))

    def choose(
        self, state: TreeState, intent: Intent, proposals: Sequence[Candidate], rng: Random
    ) -> Candidate:
        if state.surrogate is None:
            return proposals[0]
        samples = [self._sample(state, candidate) for candidate in proposals]
        choice = state.surrogate.choose(samples, self._screen, self.options, rng)
        state.outlook = state.surrogate.outlook(choice, proposals)
        self.recall(state, state.outlook.hopes)
        return proposals[choice.index]

    def outlook(self, state: TreeState) -> Outlook | None:
        return state.outlook

    def recall(self, state: TreeState, hopes: Mapping[str, float]) -> None:
        for origin, hope in hopes.items():
            if origin in state.graph:
                state.graph[origin].promise = hope

    def study(self, state: TreeState, candidate: Candidate, tier: str, score: float) -> None:
        if state.surrogate is not None and state.surrogate.is_tierwise:
            state.surrogate.dear.add(replace(self._sample(state, candidate), tier=tier), score)

    def foresee(self, state: TreeState, candidate: Candidate, tier: str) -> Prediction | None:
        if state.surrogate is None or not state.surrogate.knows(tier):
            return None
        sample = replace(self._sample(state, candidate), tier=tier)
        return state.surrogate.predictor.predict([sample])[0]

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

    # What an intent asks for

    def _arm(self, state: TreeState, node: Node, rng: Random) -> Arm:
        arms = [arm for arm in self.options.arms if arm not in node.closed]
        return state.bandit.pick(arms, rng) if self.options.learn_levels else rng.choice(arms)

    def _places(self, state: TreeState, node: Node, arm: Arm) -> Sequence[str]:
        """Further nodes to go on from in the same turn, for the value model to compare."""
        if state.surrogate is None or not state.surrogate.is_trusted:
            return ()
        return further_places(state, self.options, node, arm)

    def _width(self, state: TreeState, arm: Arm) -> int:
        """How many proposals there are to choose from."""
        if state.surrogate is None:
            return 1
        if state.surrogate.is_trusted:
            return self.options.width
        surveys = arm == FRESH and state.surrogate.surveyor(self.options) is not None
        return self.options.survey if surveys else 1

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

    # What a result leaves behind

    def _keep(self, state: TreeState, candidate: Candidate, score: float) -> None:
        state.ranks.add(score)
        if state.surrogate is not None:  # a sample holds its whole program
            state.surrogate.results.add(self._sample(state, candidate), score)

    def _sample(self, state: TreeState, candidate: Candidate) -> Sample:
        parent = candidate.parents[0] if candidate.parents else ROOT
        line = state.graph.line(parent, GENERATIONS + 1)
        above = line[0] if line else None
        return replace(self._describe(candidate), parent_score=above, trend=trend_of(line))

    def _release(self, state: TreeState, intent: Intent | None) -> None:
        if intent is not None:
            state.graph.release(state.graph[intent.parents[0] if intent.parents else ROOT])

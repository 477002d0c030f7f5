"""The tree's ask and tell: replay, late and double results, parallel asking, its parts."""

import sys
from dataclasses import replace
from random import Random

import pytest

from discover.search.strategies.contract import Outcome
from discover.search.strategies.graph import ROOT
from discover.search.strategies.surrogate import Results
from discover.search.strategies.tree import HierarchicalTree, TreeOptions
from discover.search.strategies.tree_options import FRESH
from discover.space import Candidate, Level, Operator
from discover.value_model import Prediction, Sample, Screen


def child_of(intent, number):
    return Candidate(str(number), "", None, intent.parents[:1], intent.level, intent.operator)


def grow(tree, state, count, rng, score=lambda rng, above: above + rng.gauss(0, 1)):
    """Tell `count` made-up children; returns the outcomes."""
    outcomes = []
    for i in range(len(state.graph), len(state.graph) + count):
        intent = tree.ask(state, rng)
        above = state.graph[intent.parents[0]].score if intent.parents else 0.0
        outcome = Outcome(child_of(intent, i), score(rng, above), intent.ticket)
        tree.tell(state, outcome)
        outcomes.append(outcome)
    return outcomes


def shape(state):
    """All of a tree that decides what it does next."""
    return (
        {
            n.id: (n.score, n.best, n.visits, n.pending, n.expansions, list(n.children))
            for n in state.graph
        },
        state.bandit,
        state.ranks,
    )


def grown_and_told_again(turns):
    """A tree, its state after so many turns, and a state that was told the same outcomes."""
    tree = HierarchicalTree()
    state, again = tree.initial(), tree.initial()
    for outcome in grow(tree, state, turns, Random(3)):
        tree.tell(again, Outcome(outcome.candidate, outcome.score))
    return tree, state, again


def test_telling_the_same_outcomes_makes_the_same_tree():
    _, state, again = grown_and_told_again(80)
    assert shape(again) == shape(state)


def test_a_replayed_tree_asks_the_same():
    tree, state, again = grown_and_told_again(60)
    one, other = tree.ask(state, Random(9)), tree.ask(again, Random(9))
    assert (one.operator, one.level, one.parents) == (other.operator, other.level, other.parents)


def test_unknown_late_and_double_tickets_do_no_harm():
    tree = HierarchicalTree()
    state = tree.initial()
    grow(tree, state, 20, Random(0))
    intent = tree.ask(state, Random(1))
    tree.abandon(state, intent)
    tree.abandon(state, intent)
    tree.abandon(state, replace(intent, ticket=10_000))
    tree.tell(state, Outcome(child_of(intent, 100), 1.0, intent.ticket))
    tree.tell(state, Outcome(child_of(intent, 100), 1.0, intent.ticket))
    assert all(n.pending == 0 and n.started == 0 for n in state.graph)
    assert state.graph["100"].score == 1.0


def test_parallel_intents_spread_over_the_tree():
    tree = HierarchicalTree()
    state = tree.initial()
    grow(tree, state, 60, Random(0))
    asked = [tree.ask(state, Random(i)) for i in range(12)]
    assert len({intent.parents[0] for intent in asked}) > 2
    assert len({intent.ticket for intent in asked}) == 12
    for intent in asked:
        tree.abandon(state, intent)
    assert all(n.pending == 0 for n in state.graph)


def test_it_goes_on_from_what_is_good():
    tree = HierarchicalTree(TreeOptions(warmup=20))
    state = tree.initial()
    grow(tree, state, 20, Random(0), score=lambda rng, above: rng.gauss(0, 1))
    top = {elite.id for elite in state.islands.of("1").best[:5]}
    asked = [tree.ask(state, Random(i)).parents for i in range(5)]
    places = {parents[0] for parents in asked if parents}
    assert places and places <= top


def test_the_scale_of_the_scores_does_not_matter():
    def run(stretch):
        tree = HierarchicalTree()
        state = tree.initial()
        rng, noise = Random(5), Random(6)
        asked = []
        for i in range(1, 60):
            intent = tree.ask(state, rng)
            asked.append((intent.operator, intent.level, intent.parents))
            tree.tell(
                state, Outcome(child_of(intent, i), stretch(noise.gauss(0, 1)), intent.ticket)
            )
        return asked

    assert run(lambda x: x) == run(lambda x: 1e-4 * x - 7) == run(lambda x: 2.718**x)


def test_the_level_that_pays_is_learnt():
    tree = HierarchicalTree(TreeOptions(operators=(Operator.MUTATE,)))
    state, rng = tree.initial(), Random(0)
    levels = []
    for i in range(1, 300):
        intent = tree.ask(state, rng)
        levels.append(intent.level)
        good = 1.0 if intent.level == Level.NODE else 0.0
        tree.tell(state, Outcome(child_of(intent, i), good + rng.random() / 2, intent.ticket))
    late = levels[-100:]
    assert late.count(Level.NODE) > 60


def test_an_arm_that_led_nowhere_is_not_asked_again_there():
    tree = HierarchicalTree(TreeOptions(warmup=1, widening=100))
    state = tree.initial()
    tree.tell(state, Outcome(Candidate("1", ""), 1.0))
    seen = set()
    for seed in range(4):
        intent = tree.ask(state, Random(seed))
        assert intent.parents[:1] == ("1",)
        arm = (intent.operator, intent.level)
        assert arm not in seen
        seen.add(arm)
        tree.abandon(state, intent)
    assert len(seen) == 4
    assert tree.ask(state, Random(9)).operator == Operator.SAMPLE


def test_recombination_has_partners_and_other_intents_have_one_parent_without_a_model():
    tree = HierarchicalTree(TreeOptions(operators=(Operator.RECOMBINE,)))
    state = tree.initial()
    grow(tree, state, 20, Random(0))
    intent = tree.ask(state, Random(0))
    assert intent.operator == Operator.RECOMBINE
    assert len(set(intent.parents)) == len(intent.parents) > 1
    assert intent.width == 1


class Teacher:
    """Predicts what it was told of a candidate's id; in doubt before 15 results."""

    ready = True

    def __init__(self):
        self.fits = []

    @property
    def doubt(self):
        return "" if self.fits and len(self.fits[-1][1]) >= 15 else "too few results"

    def fit(self, samples, scores):
        self.fits.append((list(samples), list(scores)))

    def predict(self, samples):
        return [Prediction(float(s.candidate.id), 0.1) for s in samples]


def test_a_predictor_chooses_and_leaves_its_hopes_behind():
    tree = HierarchicalTree(
        TreeOptions(operators=(Operator.MUTATE,)),
        predictor=Teacher,
        screen=Screen("ucb", explore=0.0),
    )
    state = tree.initial()
    grow(tree, state, 30, Random(0))
    intent = tree.ask(state, Random(1))
    assert intent.width == tree.options.width
    assert len(set(intent.parents)) == tree.options.places
    proposals = [
        Candidate(str(1000 + i), "", None, (intent.parents[i % 2],), intent.level) for i in range(9)
    ]
    assert tree.choose(state, intent, proposals, Random(0)).id == "1008"
    assert state.graph[intent.parents[0]].promise == pytest.approx(1006.1)
    assert state.graph[intent.parents[1]].promise == pytest.approx(1007.1)
    outlook = tree.outlook(state)
    assert outlook.prediction == Prediction(1008.0, 0.1) and outlook.informed
    assert (outlook.considered, outlook.reason) == (9, "ucb")
    again = tree.initial()
    grow(tree, again, 30, Random(0))
    tree.recall(again, outlook.hopes)
    assert again.graph[intent.parents[1]].promise == pytest.approx(1007.1)
    samples, scores = state.surrogate.predictor.fits[-1]
    assert len(samples) == len(scores) == 30
    by_id = {s.candidate.id: s for s in samples}
    edited = next(s for s in samples if s.candidate.parents)
    score_of = {s.candidate.id: score for s, score in zip(samples, scores, strict=True)}
    assert edited.parent_score == score_of[edited.candidate.parents[0]]
    grandchild = next(s for s in samples if s.trend is not None)
    parent = by_id[grandchild.candidate.parents[0]]
    gained = score_of[parent.candidate.id] - score_of[parent.candidate.parents[0]]
    assert by_id[parent.candidate.parents[0]].candidate.parents == ()
    assert grandchild.trend == gained


def test_while_the_predictor_is_in_doubt_the_tree_goes_on_as_without_one():
    asked = []
    for predictor in (Teacher, None):
        tree = HierarchicalTree(predictor=predictor)
        state = tree.initial()
        grow(tree, state, 14, Random(0))
        asked.append(tree.ask(state, Random(1)))
    assert asked[0] == asked[1] and asked[0].width == 1
    choice = tree.choose(state, asked[1], [Candidate("5", "")], Random(0))
    assert choice.id == "5"


def test_a_choice_in_doubt_is_said_and_leaves_no_hopes():
    tree = HierarchicalTree(predictor=Teacher)
    state = tree.initial()
    grow(tree, state, 12, Random(0))
    intent = tree.ask(state, Random(1))
    tree.choose(state, intent, [Candidate("5", ""), Candidate("6", "")], Random(0))
    assert "too few results" in tree.outlook(state).reason
    assert tree.outlook(state).hopes == {} and state.graph[""].promise is None


class Newcomer(Teacher):
    """Knows no score before the fourth, but the distance of ids from those that were tried."""

    @property
    def ready(self):
        return bool(self.fits) and len(self.fits[-1][1]) >= 4

    @property
    def doubt(self):
        return "" if self.ready else "too few results"

    def unfamiliar(self, known, samples):
        tried = [float(s.candidate.id) for s in known]
        return [min(abs(float(s.candidate.id) - t) for t in tried) for s in samples]


def test_before_any_score_is_known_what_is_least_like_the_tried_is_run():
    tree = HierarchicalTree(predictor=Newcomer)
    state = tree.initial()
    for id_ in (0, 100, 101):
        tree.tell(state, Outcome(Candidate(str(id_), ""), 1.0))
    intent = tree.ask(state, Random(0))
    assert (intent.operator, intent.width) == (Operator.SAMPLE, tree.options.survey)
    proposals = [Candidate(str(id_), "") for id_ in (99, 98, 50, 3)]
    assert tree.choose(state, intent, proposals, Random(0)).id == "50"
    outlook = tree.outlook(state)
    assert "least like" in outlook.reason and "too few" in outlook.doubt and not outlook.hopes
    tree.tell(state, Outcome(proposals[2], 1.0, intent.ticket))
    assert tree.choose(state, tree.ask(state, Random(0)), proposals, Random(0)).id == "99"


def test_a_survey_can_be_left_out_and_needs_a_predictor_that_can():
    surveyed = [
        HierarchicalTree(TreeOptions(survey=survey), predictor=predictor)
        for survey, predictor in ((1, Newcomer), (5, Teacher), (5, None))
    ]
    assert [tree.ask(tree.initial(), Random(0)).width for tree in surveyed] == [1, 1, 1]


def test_failed_runs_are_counted_but_never_scored():
    tree = HierarchicalTree(predictor=Teacher, describe=Sample)
    state = tree.initial()
    grow(tree, state, 10, Random(0), score=lambda rng, above: None)
    assert state.surrogate.results == Results()
    assert state.graph[""].visits == 10
    assert tree.ask(state, Random(0)).parents == ()


def test_elites_of_other_kinds_are_partners_to_recombine_with():
    tree = HierarchicalTree(TreeOptions(breadth=1, places=1, operators=(Operator.RECOMBINE,)))
    state = tree.initial()
    outcomes = grow(tree, state, 40, Random(0))
    archive = state.islands.of("1").archive
    assert len(archive) == 0, "nobody said where they lie"
    again = tree.initial()
    for i, outcome in enumerate(outcomes):
        tree.tell(again, Outcome(outcome.candidate, outcome.score, place=(float(i % 5),)))
    archive = again.islands.of("1").archive
    assert {elite.descriptors for elite in archive} <= {(float(i),) for i in range(5)}
    assert len(archive) > 1
    partners = {tree.ask(again, Random(i)).parents[1:] for i in range(20)}
    alone = {tree.ask(state, Random(i)).parents[1:] for i in range(20)}
    assert len(partners) > len(alone)


def test_a_way_down_may_be_longer_than_python_recurses():
    tree = HierarchicalTree(TreeOptions(warmup=0))
    state = tree.initial()
    graph, above = state.graph, []
    for i in range(sys.getrecursionlimit()):  # each recombined from a sample and the last one
        graph.add(f"sample {i}", [ROOT])
        node = graph.add(str(i), [f"sample {i}", *above])
        above = [str(i)]
    graph.record(node, 1.0, graph[ROOT])
    graph[ROOT].closed.add(FRESH)
    assert node.depth == 2
    assert tree.ask(state, Random(0)).parents[0] == node.id, "the only place to go on from"

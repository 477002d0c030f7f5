"""A long search forgets what it cannot come to any more, and searches as if it had not."""

from random import Random

import pytest

from discover.search.strategies import tree as module
from discover.search.strategies.contract import Outcome
from discover.search.strategies.graph import Node
from discover.search.strategies.tree import HierarchicalTree, TreeOptions
from discover.space import Candidate

NEVER = 10**9


def searched(seed, slots, results=600, **options):
    """What a made-up search asks and is told, with so many runs in flight, and its state."""
    tree, rng = HierarchicalTree(TreeOptions(**options)), Random(seed)
    state, asked, told, flying, scores = tree.initial(), [], [], [], {}
    while len(told) < results:
        if len(flying) < slots:
            intent = tree.ask(state, rng)
            asked.append((intent.operator, intent.level, intent.parents))
            if rng.random() < 0.1:
                tree.abandon(state, intent)
                continue
            id_, parents = str(len(asked)), intent.parents[: rng.choice((1, 2))]
            made = Candidate(id_, "", None, parents, intent.level, str(intent.operator))
            flying.append((made, intent.ticket))
            continue
        made, ticket = flying.pop(rng.randrange(len(flying)))
        above = [scores[parent] for parent in made.parents]
        score = sum(above) / max(1, len(above)) + rng.gauss(0, 1)
        scores[made.id] = score
        failed = rng.random() < 0.1
        place = () if failed else (rng.random(), score)
        told.append(Outcome(made, None if failed else score, ticket, place))
        tree.tell(state, told[-1])
    return asked, told, state


@pytest.mark.parametrize(("slots", "islands"), [(1, 1), (4, 1), (16, 1), (1, 3), (16, 3)])
def test_a_tree_that_forgets_asks_the_same(monkeypatch, slots, islands):
    monkeypatch.setattr(module, "PRUNED_EVERY", NEVER)
    asked, _, whole = searched(3, slots, 600 * islands, islands=islands)
    monkeypatch.setattr(module, "PRUNED_EVERY", 37)
    again, _, pruned = searched(3, slots, 600 * islands, islands=islands)
    assert again == asked
    assert len(whole.graph) > 500 and len(pruned.graph) < len(whole.graph) / 2


def test_how_much_is_remembered_does_not_grow(monkeypatch):
    monkeypatch.setattr(module, "PRUNED_EVERY", 100)
    short, long = (searched(0, 2, results)[2] for results in (600, 3000))
    assert len(long.graph) < len(short.graph) + 100


@pytest.mark.parametrize("slots", [1, 8])
def test_what_is_told_again_is_forgotten_again(monkeypatch, slots):
    """A resume tells the outcomes without tickets, and stands where the search stood."""
    monkeypatch.setattr(module, "PRUNED_EVERY", 60)
    _, told, state = searched(5, slots)
    tree = HierarchicalTree()
    again = tree.initial()
    for outcome in told:
        tree.tell(again, Outcome(outcome.candidate, outcome.score, None, outcome.place))
    known = [
        {n.id: (n.score, n.best, n.visits, n.children) for n in s.graph} for s in (state, again)
    ]
    assert known[0] == known[1]


def test_a_late_child_of_what_is_forgotten_and_a_dry_intent_there_do_no_harm(monkeypatch):
    monkeypatch.setattr(module, "PRUNED_EVERY", 37)
    _, told, state = searched(5, 1)
    gone = next(o.candidate for o in told if o.candidate.id not in state.graph)
    tree = HierarchicalTree()
    tree.tell(state, Outcome(Candidate("late", "", None, (gone.id,)), 1e6))
    assert [parent.id for parent in state.graph["late"].parents] == [""]
    intent = tree.ask(state, Random(0))
    tree.abandon(state, intent)
    tree.abandon(state, type(intent)(-1, intent.operator, intent.level, (gone.id,)))


@pytest.mark.parametrize("slots", [1, 4, 16])
def test_a_tree_that_remembers_where_no_place_is_left_asks_the_same(monkeypatch, slots):
    narrow = {"widening": 1.0, "breadth": 4}
    asked, _, state = searched(4, slots, **narrow)
    assert any(node.exhausted for node in state.graph)
    monkeypatch.setattr(Node, "exhausted", property(lambda node: False, lambda node, value: None))
    assert searched(4, slots, **narrow)[0] == asked

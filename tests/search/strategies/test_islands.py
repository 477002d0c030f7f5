"""Islands: who belongs where, whom it is recombined with, and who comes from elsewhere."""

from random import Random

import pytest

from discover.search.strategies import islands as module
from discover.search.strategies import tree as tree_module
from discover.search.strategies.archive import Archive, Elite
from discover.search.strategies.contract import Outcome
from discover.search.strategies.tree import HierarchicalTree, TreeOptions
from discover.space import Candidate, Operator

NEVER = 10**9


class Search:
    """A made-up search of 400 results, with so many runs in flight."""

    def __init__(self, count, slots=1, tree=HierarchicalTree):
        self.tree = tree(TreeOptions(islands=count, operators=(Operator.RECOMBINE,)))
        rng = Random(3)
        self.state, self.asked, self.told, flying = self.tree.initial(), [], [], []
        scores = {}
        while len(self.told) < 400:
            if len(flying) < slots:
                intent = self.tree.ask(self.state, rng)
                self.asked.append(intent)
                made = (str(len(self.asked)), "", None, intent.parents[:2], None, intent.operator)
                flying.append((Candidate(*made), intent.ticket))
                continue
            made, ticket = flying.pop(rng.randrange(len(flying)))
            failed = rng.random() < 0.1
            scores[made.id] = scores.get(next(iter(made.parents), ""), 0.0) + rng.gauss(0, 1)
            place = () if failed else (rng.random(), rng.random())
            self.tell(Outcome(made, None if failed else scores[made.id], ticket, place))

    def tell(self, outcome):
        self.told.append(outcome)
        self.tree.tell(self.state, outcome)

    @property
    def crossings(self):
        """(place, partner) of all recombinations between islands, by the founders of each."""
        parents = {o.candidate.id: o.candidate.parents for o in self.told}

        def island(id_):
            while parents[id_]:
                id_ = parents[id_][0]
            return self.state.islands.of(id_).root

        pairs = [(i.parents[0], partner) for i in self.asked for partner in i.parents[1:]]
        return [(island(one), other) for one, other in pairs if island(one) != island(other)]


class Whole(HierarchicalTree):
    """The tree whose partners are the best of all, and an archive of all."""

    def initial(self):
        self.ranked, self.archive = [], Archive()
        return super().initial()

    def tell(self, state, outcome):
        super().tell(state, outcome)
        if outcome.score is not None:
            self.ranked.append((-outcome.score, outcome.candidate.id))
            self.archive.add(Elite(outcome.candidate.id, outcome.score, outcome.place))

    def _partners(self, state, node, rng):
        known = dict.fromkeys(id_ for _, id_ in sorted(self.ranked)[: self.options.breadth])
        good = [e.id for e in self.archive if state.ranks.of(e.score) > 0.5]
        known |= dict.fromkeys(rng.sample(good, min(self.options.breadth, len(good))))
        known.pop(node.id, None)
        return rng.sample(list(known), min(self.options.places, len(known)))


@pytest.mark.parametrize("slots", [1, 4])
def test_one_island_is_the_whole_search(slots):
    one = Search(1, slots)
    assert one.asked == Search(1, slots, tree=Whole).asked
    assert [island.root for island in one.state.islands] == [""]
    assert one.asked != Search(3, slots).asked


@pytest.mark.parametrize("slots", [1, 4, 16])
def test_without_migration_all_partners_are_of_the_same_island(monkeypatch, slots):
    monkeypatch.setattr(module, "MIGRATION", NEVER)
    search = Search(3, slots)
    assert sum(len(intent.parents) > 1 for intent in search.asked) > 300
    assert search.crossings == []


def test_whoever_migrates_is_the_best_of_an_island_and_may_be_a_partner_on_the_next():
    search = Search(3)
    tree = HierarchicalTree(search.tree.options)
    state, leaving = tree.initial(), set()
    before = {i.root: 0 for i in state.islands}
    for outcome in search.told:
        tree.tell(state, outcome)
        for island in state.islands:
            visits = state.graph[island.root].visits
            if visits != before[island.root] and visits % module.MIGRATION == 0:
                leaving.add(island.best[0].id)
            before[island.root] = visits
    assert {partner for _, partner in search.crossings} <= leaving
    assert {root for root, _ in search.crossings} == {i.root for i in state.islands}
    first = next(i for i, intent in enumerate(search.asked) if _crosses(search, intent))
    assert first >= module.MIGRATION * 3 - 2, "all have the same number of results by then"


def _crosses(search, intent):
    homes = {search.state.islands.of(p).root for p in intent.parents if p in search.state.graph}
    return len(homes) > 1


@pytest.mark.parametrize("slots", [1, 4])
def test_turns_go_round_and_no_way_down_leads_to_another_island(slots):
    state = Search(4, slots).state
    visits = [state.graph[island.root].visits for island in state.islands]
    assert sum(visits) == 400 and max(visits) - min(visits) <= slots
    roots = {island.root for island in state.islands}
    for node in state.graph:
        if node.id and node.id not in roots:
            above = {p.id if p.id in roots else state.islands.of(p.id).root for p in node.parents}
            assert above == {state.islands.of(node.id).root}


@pytest.mark.parametrize("slots", [1, 8])
def test_told_again_in_order_the_islands_are_the_same(monkeypatch, slots):
    monkeypatch.setattr(tree_module, "PRUNED_EVERY", 60)
    search = Search(3, slots)
    tree = HierarchicalTree(search.tree.options)
    again = tree.initial()
    for o in search.told:
        tree.tell(again, Outcome(o.candidate, o.score, None, o.place))
    for one, other in zip(search.state.islands, again.islands, strict=True):
        assert one.best == other.best and one.archive.cells == other.archive.cells
        assert search.state.graph[one.root].children == again.graph[one.root].children
    if slots == 1:  # nothing was in flight
        asked = [tree.ask(state, Random(9)).parents for state in (search.state, again)]
        assert asked[0] == asked[1] and len(asked[0]) > 1


def test_more_islands_than_a_descent_looks_at_are_refused():
    assert TreeOptions(islands=module.MOST_ISLANDS).islands == 16
    with pytest.raises(ValueError, match="at most 2 islands, got 3"):
        TreeOptions(islands=3, breadth=2)


def test_samples_are_asked_for_until_every_island_has_a_score():
    tree = HierarchicalTree(TreeOptions(islands=3, warmup=0))
    state = tree.initial()
    for i, score in enumerate((1.0, None, 2.0, 3.0)):
        intent = tree.ask(state, Random(i))
        assert intent.operator == Operator.SAMPLE
        tree.tell(state, Outcome(Candidate(str(i), ""), score, intent.ticket))
    assert tree.ask(state, Random(0)).operator == Operator.SAMPLE, "the second has none"
    tree.tell(state, Outcome(Candidate("4", ""), 0.0))
    assert state.islands.of("4") is state.islands.of("1")
    assert tree.ask(state, Random(0)).operator != Operator.SAMPLE


def test_a_candidate_known_from_elsewhere_stays_where_it_is():
    tree = HierarchicalTree(TreeOptions(islands=2))
    state = tree.initial()
    for id_ in "ab":
        tree.tell(state, Outcome(Candidate(id_, ""), 1.0))
    for parents in (("a",), ("b",), ()):
        tree.tell(state, Outcome(Candidate("child", "", None, parents), 2.0))
    assert state.islands.of("child") is state.islands.of("a") is not state.islands.of("b")
    assert not state.graph["b"].children
    assert [elite.id for elite in state.islands.of("child").best] == ["child", "a"]

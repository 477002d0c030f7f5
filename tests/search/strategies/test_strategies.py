"""Every strategy on a small table: it learns, spends what it was given, and may be told late."""

import itertools
import sys
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from discover.evaluators.tabular import QueryCounter, TabularDomain
from discover.search.bench.methods import RandomPredictor, methods
from discover.search.bench.table_search import TableAuthor, search
from discover.search.strategies import STRATEGIES, BaselineMissing, UnknownStrategy, make_strategy
from discover.search.strategies.contract import Outcome
from discover.search.strategies.tickets import KEPT, Tickets
from discover.search.strategies.tree import TreeOptions
from discover.space import Operator

SPEC = """
name: toy
table: toy.csv
encoding: {kind: digits, column: ops, length: 5, codes: ["0", "1", "2", "3"]}
query: {column: val}
free: [size]
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """1024 rows; the score adds a worth for each position and a bonus for pairs."""
    folder = tmp_path_factory.mktemp("toy")
    rng = np.random.default_rng(0)
    single, pair = rng.normal(size=(5, 4)), rng.normal(size=(4, 4, 4)) / 2
    rows = ["ops,val,size"]
    for code in itertools.product(range(4), repeat=5):
        value = sum(single[i, c] for i, c in enumerate(code))
        value += sum(pair[i, a, b] for i, (a, b) in enumerate(itertools.pairwise(code)))
        rows.append(f"{''.join(map(str, code))},{value:.6f},{sum(code)}")
    (folder / "toy.csv").write_text("\n".join(rows) + "\n")
    (folder / "toy.yaml").write_text(SPEC)
    return TabularDomain.load(folder / "toy.yaml")


def best_after(toy, name, queries, seed, model="none"):
    counter = QueryCounter(toy)
    method = methods(model)[name]
    trace = search(toy, method.build(toy, counter, seed), counter, queries, Random(seed))
    assert counter.queries == len(trace.rows) == queries
    assert len(set(trace.rows)) == queries
    return max(trace.scores)


@pytest.mark.parametrize("name", ["tree", "evolution", "local", "flat-tree", "boosting", "tpe"])
def test_each_is_better_than_random(toy, name):
    pytest.importorskip({"boosting": "lightgbm", "tpe": "optuna"}.get(name, "numpy"))
    seeds = range(3 if name in ("boosting", "tpe") else 8)
    theirs = np.mean([best_after(toy, name, 40, seed) for seed in seeds])
    assert theirs > np.mean([best_after(toy, "random", 40, seed) for seed in range(8)])


def test_a_value_model_makes_the_tree_better(toy):
    seeds = range(5)
    guided = np.mean([best_after(toy, "tree", 30, seed, "value") for seed in seeds])
    assert guided > np.mean([best_after(toy, "tree", 30, seed) for seed in seeds])


@pytest.mark.parametrize("name", ["tree", "random", "evolution", "local", "flat-tree"])
def test_the_same_seed_gives_the_same_search(toy, name):
    def rows():
        counter = QueryCounter(toy)
        strategy = methods("value")[name].build(toy, counter, 1)
        return search(toy, strategy, counter, 25, Random(7)).rows

    assert rows() == rows()


@pytest.mark.parametrize("name", STRATEGIES)
def test_odd_tickets_do_no_harm(toy, name):
    pytest.importorskip({"boosting": "lightgbm", "tpe": "optuna"}.get(name.split("-")[0], "numpy"))
    strategy, author, rng = make_strategy(name), TableAuthor(toy), Random(0)
    state = strategy.initial()
    for _ in range(15):
        intent = strategy.ask(state, rng)
        proposals = author.propose(intent, rng)
        chosen = strategy.choose(state, intent, proposals, rng)
        author.tried[chosen.id] = toy.table.genomes[toy.row(chosen)]
        strategy.tell(state, Outcome(chosen, 1.0, intent.ticket))
        strategy.tell(state, Outcome(chosen, 1.0, intent.ticket))
        strategy.abandon(state, intent)
    strategy.tell(state, Outcome(chosen, None, 999))
    assert strategy.ask(state, rng).width >= 1


def played(toy, name, events, islands, *, again):
    """What `name` knows and does next after `events`, each what happens and to which candidate.

    With `again`, results are told twice; without, late ones come without their tickets.
    """
    options = TreeOptions(islands=islands)
    strategy = make_strategy(name, options=options, predictor=lambda: RandomPredictor(Random(0)))
    author, rng = TableAuthor(toy), Random(0)
    state, asked = strategy.initial(), []
    flying, given_up, told = [], [], []

    def ask():
        intent = strategy.ask(state, rng)
        proposals = author.propose(intent, rng)
        if not proposals:
            asked.append((intent, None))
            strategy.abandon(state, intent)
            return
        chosen = strategy.choose(state, intent, proposals, rng)
        row = toy.row(chosen)
        author.tried[chosen.id] = toy.table.genomes[row]
        score = None if row % 7 == 0 else float(toy.table.scores[row])
        flying.append((intent, Outcome(chosen, score, intent.ticket, (float(row % 5),))))
        asked.append((intent, chosen.id))

    for event, place in events:
        those = {"end": flying, "give up": flying, "late": given_up, "other": told}.get(event, told)
        if event == "ask":
            ask()
        elif not those:
            continue
        elif event == "again":
            if again:
                strategy.tell(state, told[place % len(told)])
        elif event == "other":  # another campaign measured it as well
            strategy.tell(state, replace(told[place % len(told)], ticket=None))
        else:
            intent, outcome = those.pop(place % len(those))
            if event == "give up":
                strategy.abandon(state, intent)
                given_up.append((intent, outcome))
                continue
            without = event == "late" and not again
            strategy.tell(state, replace(outcome, ticket=None) if without else outcome)
            told.append(outcome)
    known = figures(state)
    for _ in range(3):
        ask()
    return known, asked


def figures(state):
    """All that a strategy knows, but for what it makes anew from that."""
    if isinstance(state, Tickets):
        return len(state)
    known = {name: value for name, value in vars(state).items() if name != "model"}
    if "graph" in known:
        known["graph"] = [(repr(node), node.children) for node in state.graph]
        known["islands"] = [vars(island) for island in state.islands]
        learnt = known.pop("surrogate")
        known["learnt"] = learnt and (learnt.results, learnt.fitted)
    return {**known, "tickets": len(state.tickets)}


EVENTS = ["ask", "ask", "end", "end", "again", "give up", "late", "other"]


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_result_counts_once_however_often_and_late_it_is_told(toy, name):
    pytest.importorskip({"boosting": "lightgbm", "tpe": "optuna"}.get(name.split("-")[0], "numpy"))
    for seed in range(3 if name in ("boosting", "boosting-free", "tpe") else 20):
        rng = Random(seed)
        events = [(rng.choice(EVENTS), rng.randrange(30)) for _ in range(80)]
        once, twice = (played(toy, name, events, 1 + seed % 3, again=a) for a in (False, True))
        assert twice == once


def test_tickets_that_were_given_up_are_forgotten_in_time():
    tickets = Tickets()
    for _ in range(KEPT + 1):
        tickets.give_up(tickets.issue(Operator.SAMPLE).ticket)
    assert [tickets.is_told(n) for n in (-1, 0, 1, KEPT, KEPT + 1)] == [0, 1, 0, 0, 0]


def test_a_table_that_is_used_up_ends(toy, tmp_path):
    (tmp_path / "few.csv").write_text("ops,val,size\n00000,1,1\n00001,2,1\n33333,3,1\n")
    (tmp_path / "few.yaml").write_text(SPEC.replace("toy.csv", "few.csv"))
    few = TabularDomain.load(tmp_path / "few.yaml")
    counter = QueryCounter(few)
    trace = search(few, make_strategy("tree"), counter, 10, Random(0))
    assert sorted(trace.rows) == [0, 1, 2]


def test_an_unknown_name_lists_the_known():
    with pytest.raises(UnknownStrategy, match="no strategy 'magic'; expected one of tree, "):
        make_strategy("magic")


@pytest.mark.parametrize(("name", "library"), [("boosting", "lightgbm"), ("tpe", "optuna")])
def test_a_missing_library_is_named_with_its_remedy(monkeypatch, name, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(BaselineMissing, match=r"pip install 'archdiscover\[baselines\]'"):
        make_strategy(name)

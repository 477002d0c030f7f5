"""The tree's memory: backing up, transpositions, virtual loss, bounded depth."""

import math
from collections import Counter
from random import Random

from discover.search.strategies import graph as graph_room
from discover.search.strategies.graph import DEEPEST, ROOT, Graph, Node


def told(graph, node_id, parents, score):
    node = graph.add(node_id, parents)
    graph.record(node, score, graph[parents[0]])
    return node


def test_scores_and_visits_are_backed_up():
    graph = Graph()
    told(graph, "a", [ROOT], 1.0)
    told(graph, "b", ["a"], 5.0)
    told(graph, "c", ["a"], None)
    assert [graph[n].best for n in (ROOT, "a", "b", "c")] == [5.0, 5.0, 5.0, -math.inf]
    assert [graph[n].visits for n in (ROOT, "a", "b", "c")] == [3, 3, 1, 1]
    assert graph["a"].expansions == 2
    assert graph["c"].score is None


def test_a_candidate_reached_twice_is_one_node_that_both_parents_see():
    graph = Graph()
    told(graph, "a", [ROOT], 1.0)
    told(graph, "b", [ROOT], 2.0)
    told(graph, "c", ["a"], 3.0)
    told(graph, "c", ["b"], 3.0)
    told(graph, "d", ["c"], 9.0)
    assert len(graph) == 5
    assert graph["a"].best == graph["b"].best == 9.0


def test_repeated_results_are_averaged():
    graph = Graph()
    told(graph, "a", [ROOT], 1.0)
    told(graph, "a", [ROOT], 3.0)
    assert graph["a"].score == 2.0
    assert graph["a"].visits == 2


def test_an_edge_never_closes_a_circle():
    graph = Graph()
    told(graph, "a", [ROOT], 1.0)
    told(graph, "b", ["a"], 2.0)
    told(graph, "a", ["b"], 1.0)
    assert [node.id for node in graph["a"].parents] == [ROOT]
    assert [node.id for node in graph.lineage(graph["b"])] == ["b", "a", ROOT]


def test_virtual_loss_goes_up_and_comes_off():
    graph = Graph()
    told(graph, "a", [ROOT], 1.0)
    graph.hold(graph["a"])
    assert (graph[ROOT].pending, graph["a"].pending, graph["a"].started) == (1, 1, 1)
    graph.release(graph["a"])
    assert (graph[ROOT].pending, graph["a"].pending, graph["a"].started) == (0, 0, 0)


def test_a_long_chain_stays_shallow_and_keeps_its_best():
    graph = Graph()
    told(graph, "0", [ROOT], 0.0)
    for i in range(1, 100):
        told(graph, str(i), [str(i - 1)], float(i))
    assert max(len(list(graph.lineage(graph[str(i)]))) for i in range(100)) == DEEPEST + 1
    assert graph[ROOT].best == 99.0
    assert graph["98"].expansions == 1


def test_children_stay_in_order_of_what_is_below_them():
    rng, graph = Random(0), Graph()
    ids = [ROOT]
    for i in range(300):
        told(graph, str(i), [rng.choice(ids)], rng.gauss(0, 1))
        ids.append(str(i))
    for node_id in ids:
        children = list(graph.top_children(graph[node_id], 999))
        bests = [child.best for child in children]
        assert bests == sorted(bests, reverse=True)
        own = graph[node_id].score if node_id else -math.inf
        assert graph[node_id].best == max([own, *bests])


def test_a_change_comes_once_to_each_ancestor_however_many_ways_lead_there(monkeypatch):
    stirred = Counter()

    class Watched(Node):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if name == "exhausted":
                stirred[self.id] += 1

    monkeypatch.setattr(graph_room, "Node", Watched)
    graph, above = Graph(), [ROOT]
    for layer in range(DEEPEST):  # two nodes each, both below both of the layer above
        pair = [f"{layer}{side}" for side in "ab"]
        for node_id in pair:
            graph.add(node_id, above)
        above = pair
    ancestors = {node.id for node in graph} - {"15b"}
    for node in graph:
        node.exhausted = True
    stirred.clear()
    graph.release(graph["15a"])
    assert {node.id for node in graph if node.exhausted} == {"15b"}
    assert stirred == dict.fromkeys(ancestors, 1)


def test_what_is_out_of_sight_is_forgotten_unless_somebody_comes_back_to_it():
    graph = Graph()
    for i in range(6):
        told(graph, f"{i}", [ROOT], float(i))
        told(graph, f"{i}'", [f"{i}"], float(i))
    graph.hold(graph["1'"])
    graph.prune(2, kept=["2'", "never there"])
    assert len(graph) == 13  # what began there lately may still be in flight
    graph.prune(2, kept=["2'", "never there"])
    assert {node.id for node in graph} == {ROOT, "5", "5'", "4", "4'", "2", "2'", "1", "1'"}
    assert [node.id for node in graph.top_children(graph[ROOT], 9)] == ["5", "4", "2", "1"]
    graph.release(graph["1'"])
    told(graph, "new", ["1'"], 9.0)
    assert graph[ROOT].best == 9.0 and graph[ROOT].visits == 13

"""The space of a table, its domain, and the counting of looks and queries."""

from random import Random

import pytest

from discover.evaluators.domain import Rejected
from discover.evaluators.tabular import (
    QueryCounter,
    SpecError,
    TableError,
    TabularDomain,
    TooManyLooked,
)
from discover.sandbox import CandidateFailure
from discover.space import Candidate, Level
from discover.space.wiring import neighbourhoods, wiring

from .conftest import SPEC


@pytest.mark.parametrize("level", Level)
def test_every_edit_leads_to_another_row(toy, level):
    blueprint = toy.space.sample(Random(1))
    edits = toy.space.edits(blueprint, level, Random(2))
    assert edits
    for edit in edits:
        changed = toy.space.apply(blueprint, edit)
        assert changed != blueprint
        assert toy.table.encoding.genome(changed) in toy.space
        assert edit.level == level


def test_node_edits_are_all_single_changes(toy):
    near = toy.space.neighbours(("none", "conv", "pool", "none"), Level.NODE, Random(0))
    assert len(near) == 8
    assert len(set(near)) == 8


def test_levels_are_what_the_spec_says(write):
    spec = SPEC + 'levels: {node: [{move: replace, positions: ["0"]}], structure: [{move: swap}]}'
    rows = "".join(f"{a}{b}00,1,1,1\n" for a in "012" for b in "012")
    domain = TabularDomain.load(write(spec, "ops,val,test,size\n" + rows))
    start = ("conv", "pool", "none", "none")
    rng = Random(0)
    assert set(domain.space.neighbours(start, Level.NODE, rng)) == {
        ("none", "pool", "none", "none"),
        ("pool", "pool", "none", "none"),
    }
    assert domain.space.neighbours(start, Level.STRUCTURE, rng) == (
        ("pool", "conv", "none", "none"),
    )
    assert domain.space.neighbours(start, Level.FRAMEWORK, rng) == ()


def test_variable_length_grows_and_shrinks(write):
    spec = SPEC.replace("length: 4, ", "")
    domain = TabularDomain.load(
        write(spec, "ops,val,test,size\n1,1,1,1\n12,2,2,2\n121,3,3,3\n22,1,1,1\n")
    )
    near = domain.space.neighbours(("conv", "pool"), Level.STRUCTURE, Random(0))
    assert set(near) == {("conv",), ("conv", "pool", "conv")}


def test_crossover_mixes_its_parents(toy):
    a, b = ("conv",) * 4, ("pool",) * 4
    mixed = toy.space.cross(a, b, Random(0))
    assert set(mixed) == {"conv", "pool"}
    assert toy.space.cross(a, ("conv", "conv", "conv", "pool"), Random(0)) == a


def test_an_edit_that_leads_nowhere_is_refused(toy):
    blueprint = toy.space.sample(Random(0))
    edit = toy.space.edits(blueprint, Level.NODE, Random(0))[0]
    stray = type(edit)(edit.level, (9,), edit.subtree, "stray")
    with pytest.raises(ValueError, match="edit 'stray' does not fit"):
        toy.space.apply(blueprint, stray)


def test_a_run_is_a_look_up(toy):
    candidate = toy.candidate(("conv", "conv", "none", "pool"))
    measured = toy.run(candidate, toy.tiers[0], 0, None)
    assert measured.metrics == {"val": 3.0, "size": 1.0}
    assert toy.gate(candidate, None)[0].passed


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "ARCHITECTURE = [1]",
        "ARCHITECTURE = [{'name': '0', 'code': 'none'}]",
        "x = f()",
    ],
)
def test_a_program_that_is_no_row_is_rejected(toy, source):
    candidate = Candidate.from_source(source)
    assert not toy.gate(candidate, None)[0].passed
    with pytest.raises(Rejected):
        toy.run(candidate, toy.tiers[0], 0, None)


def test_a_failed_run_is_no_score(write):
    spec = SPEC.replace("{column: val}", "{column: val, missing: failed}")
    domain = TabularDomain.load(write(spec, "ops,val,test,size\n0000,1,1,1\n0001,,,1\n"))
    failed = domain.candidate(domain.table.genomes[1])
    counter = QueryCounter(domain)
    assert counter.query(failed) is None
    assert counter.queries == 1
    with pytest.raises(CandidateFailure, match="this run failed"):
        domain.run(failed, domain.tiers[0], 0, None)


def test_queries_and_looks_are_counted(toy, monkeypatch):
    monkeypatch.setattr("discover.evaluators.tabular.counter.LOOKS_PER_WINDOW", 30)
    everyone = [toy.candidate(genome) for genome in toy.table.genomes]
    counter = QueryCounter(toy)
    counter.offer(everyone[:30])
    with pytest.raises(TooManyLooked, match="1 more unqueried rows to look at, 0 left of 30"):
        counter.offer(everyone[30:31])
    for _ in range(9):
        counter.query(everyone[0])
    assert counter.queries == 9
    with pytest.raises(TooManyLooked):
        counter.offer(everyone[30:31])
    counter.offer(everyone[:1])
    counter.query(everyone[0])
    counter.offer(everyone[30:60])


def test_free_figures_only_of_what_was_offered(toy):
    counter = QueryCounter(toy)
    candidate = toy.candidate(toy.table.genomes[0])
    with pytest.raises(TooManyLooked, match="was not offered"):
        counter.free(candidate)
    counter.offer([candidate])
    assert counter.free(candidate) == {"size": 0.0}


def test_the_graph_of_edges_and_of_nodes_tells_isomorphism(write):
    edges = "{kind: digits, column: ops, edges: [[0, 1], [0, 2], [1, 3], [2, 3]]}"
    spec = f"name: t\ntable: toy.csv\nencoding: {edges}\nquery: {{column: val}}\n"
    domain = TabularDomain.load(write(spec, "ops,val\nabcd,1\nbadc,1\nabdc,1\n"))
    one, same, other = (
        neighbourhoods(wiring(domain.space.blueprint(g))) for g in domain.table.genomes
    )
    assert one == same != other


LIMITED = """
name: limited
table: toy.csv
encoding: {kind: digits, column: ops, length: 1, codes: ["0", "1", "2"]}
query: {column: val}
costs: [ms]
constraint: {column: ms, target: 10}
fidelities: {1: val, 2: val, 4: val}
"""


def test_a_constraint_makes_the_score_one_traded_off_against_its_cost(write):
    rows = "ops,val,ms\n0,0.80,10\n1,0.82,40\n2,0.79,5\n"
    domain = TabularDomain.load(write(LIMITED, rows))
    assert [o.name for o in domain.objectives] == ["val at ms 10", "val", "ms"]
    assert [o.sign for o in domain.objectives] == [1, 1, -1]
    assert domain.table.scores.argmax() == 2, "half the milliseconds are worth more than 1 %"
    quickest = domain.candidate(domain.table.genomes[2])
    metrics = domain.run(quickest, domain.tiers[0], 0, None).metrics
    assert metrics == {"val": 0.79, "ms": 5.0, "val at ms 10": pytest.approx(0.79 * 2**0.07)}
    assert QueryCounter(domain).query(quickest) == metrics["val at ms 10"]
    assert domain.last_step(domain.tiers[0]) is None, "its curve is not that of the score"
    hard = LIMITED.replace("target: 10", "target: 10, hard: true")
    assert TabularDomain.load(write(hard, rows)).table.scores.tolist() == [0.80, 0.205, 0.79]


@pytest.mark.parametrize(
    ("change", "rows", "said"),
    [
        (("column: ms, ", "column: mb, "), "0,0.8,10\n", "column 'mb' is no cost"),
        (
            ("target: 10", "target: 0"),
            "0,0.8,10\n",
            "field constraint.target: .*more than 0.*, got 0",
        ),
        (("{column: val}", "{column: val, direction: min}"), "0,0.8,10\n", "to be maximised"),
        (
            ("", ""),
            "0,0.8,5\n1,0.8,0\n",
            "toy.csv row 3: constraint on columns 'val' and 'ms': .*0.8, 0 and 10",
        ),
        (
            ("target: 10}", "target: 10}\nduplicates: mean"),
            "0,0.8,5\n0,0.8,5\n1,0.8,5\n2,-0.8,5\n2,-0.8,5\n",
            "toy.csv row 5: constraint on columns 'val' and 'ms': .*-0.8, 5 and 10",
        ),
    ],
)
def test_a_constraint_that_makes_no_sense_gets_one_line(write, change, rows, said):
    with pytest.raises((SpecError, TableError), match=said):
        TabularDomain.load(write(LIMITED.replace(*change), "ops,val,ms\n" + rows))

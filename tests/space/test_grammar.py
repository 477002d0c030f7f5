"""The grammar machinery, on a toy grammar of sums and wrappers."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.space import Blueprint, Choice, Edit, Grammar, Level, Production, make
from discover.space.branching import spectral_radius
from discover.space.grammar import depth, size

TERM = ("term",)
MODES = Choice(("a", "b"), Level.FRAMEWORK)
TOY = (
    Production("program", "program", Level.FRAMEWORK, (TERM,), {"mode": MODES}),
    Production("add", "term", Level.STRUCTURE, (TERM, TERM), {"scale": Choice((1, 2))}, 0.3),
    Production("negate", "term", Level.STRUCTURE, (TERM,), weight=0.2),
    Production("use", "term", Level.STRUCTURE, (("leaf", "odd leaf"),)),
    Production("legacy", "term", Level.STRUCTURE, weight=0.0),
    Production("constant", "leaf", Level.NODE, params={"value": Choice((0.0, 1.0))}),
    Production("variable", "leaf", Level.NODE),
    Production("random", "odd leaf", Level.NODE),
)  # fmt: skip


def toy(**bounds) -> Grammar:
    return Grammar(("program",), TOY, lambda b: f"x = {size(b)}\n", **bounds)


GRAMMAR = toy(max_nodes=20, max_depth=7)
LEAF = make("use", make("variable"))
ONE = make("program", LEAF, mode="a")
seeds = st.integers(0, 2**32 - 1)
levels = st.sampled_from(list(Level))


@given(seeds)
def test_samples_are_of_the_grammar_and_within_its_bounds(seed):
    sample = GRAMMAR.sample(Random(seed))
    GRAMMAR.check(sample)
    assert size(sample) <= 20 and depth(sample) <= 7
    assert sample == GRAMMAR.sample(Random(seed))
    assert "legacy" not in GRAMMAR.tokens(sample)


@given(seeds)
def test_json_keeps_a_blueprint(seed):
    sample = GRAMMAR.sample(Random(seed))
    assert Blueprint.from_dict(json.loads(json.dumps(sample.to_dict()))) == sample


@given(seeds, levels)
@settings(deadline=None)
def test_edits_are_legal_distinct_and_cut_only_at_their_level(seed, level):
    sample = GRAMMAR.sample(Random(seed))
    menu = GRAMMAR.edits(sample, level, Random(seed))
    assert menu == GRAMMAR.edits(sample, level, Random(seed))
    assert len({(e.path, e.subtree) for e in menu}) == len(menu)
    for edit in menu:
        edited = GRAMMAR.apply(sample, edit)
        assert edited != sample and size(edited) <= 20 and depth(edited) <= 7
        before, after = sample.at(edit.path), edit.subtree
        if before.production == after.production and before.children == after.children:
            changed = {n for n, v in after.params if before[n] != v}
            assert (
                changed
                <= {"program": {"mode"}, "add": {"scale"}, "constant": {"value"}}[after.production]
            )
        deepest = {"program": Level.FRAMEWORK, "term": Level.STRUCTURE}
        at = deepest.get(GRAMMAR.state(before), Level.NODE)
        assert at == level or (before.production, level) == ("add", Level.NODE)


@given(seeds, seeds)
@settings(deadline=None)
def test_crossover_takes_one_subtree_of_the_other_parent(seed_a, seed_b):
    a, b = GRAMMAR.sample(Random(seed_a)), GRAMMAR.sample(Random(seed_b))
    child = GRAMMAR.crossover(a, b, Random(seed_a))
    GRAMMAR.check(child)
    taken = {node for _, node in b.walk()}
    assert child == a or any(a.replace(p, t) == child for p, _ in a.walk() for t in taken)
    assert child != b or a == b


def test_the_menu_says_what_each_edit_does():
    labels = [e.label for e in GRAMMAR.edits(ONE, Level.STRUCTURE, Random(0))]
    assert "swap use for negate" in labels
    assert "wrap use in negate" not in labels and "wrap use in negate as part 1" in labels
    assert any(label.startswith("wrap use in add as part 2, beside ") for label in labels)
    assert not any("legacy" in label for label in labels)
    negated = make("program", make("negate", LEAF), mode="a")
    removal = {e.label: e for e in GRAMMAR.edits(negated, Level.STRUCTURE, Random(0))}
    assert GRAMMAR.apply(negated, removal["remove negate, keep use"]) == ONE


def test_a_swap_keeps_the_children_and_parameters_that_fit():
    two = make("program", make("add", make("negate", LEAF), LEAF, scale=2), mode="a")
    swaps = {e.label: e.subtree for e in GRAMMAR.edits(two, Level.STRUCTURE, Random(0))}
    assert swaps["swap add for negate"] == make("negate", make("negate", LEAF))


@pytest.mark.parametrize(
    ("blueprint", "says"),
    [
        (make("program", make("variable"), mode="a"), "/program/variable: not a term; expected"),
        (make("nothing"), "/nothing: not a program; expected one of program"),
        (make("program", LEAF, mode="c"), "mode is one of 'a', 'b'; got 'c'"),
        (make("program", LEAF), "/program: parameters are mode; got []"),
        (make("program", LEAF, LEAF, mode="a"), "takes 1 children; got 2"),
        (make("program", make("add", LEAF, LEAF, scale=True), mode="a"), "got True"),
        (make("program", make("add", LEAF, LEAF, scale=1.0), mode="a"), "got 1.0"),
    ],
)
def test_a_wrong_blueprint_gets_one_clear_line(blueprint, says):
    with pytest.raises(ValueError) as error:
        GRAMMAR.check(blueprint)
    assert says in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(ValueError):
        GRAMMAR.render(blueprint)


def test_bounds_hold_for_what_comes_from_outside():
    deep = LEAF
    for _ in range(7):
        deep = make("negate", deep)
    with pytest.raises(ValueError, match="nests 10 deep, over 7"):
        GRAMMAR.check(make("program", deep, mode="a"))
    with pytest.raises(ValueError, match="more than 20"):
        wide = make("add", LEAF, LEAF, scale=1)
        for _ in range(3):
            wide = make("add", wide, wide, scale=1)
        GRAMMAR.check(make("program", wide, mode="a"))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"production": "x"},
        {"production": 3, "params": {}, "children": []},
        {"production": "x", "params": [], "children": []},
        {"production": "x", "params": {"a": [1]}, "children": []},
        {"production": "x", "params": {"a": float("nan")}, "children": []},
        {"production": "x", "params": {"a": 10**400}, "children": []},
        {"production": "x", "params": {1: 1}, "children": []},
        {"production": "x", "params": {}, "children": {}},
        {"production": "x", "params": {}, "children": [{}]},
        {"production": "x", "params": {}, "children": [make("y").to_dict()] * 600},
    ],
)
def test_what_is_no_blueprint_is_refused(data):
    with pytest.raises(ValueError):
        Blueprint.from_dict(data)


def test_endless_nesting_is_refused_without_a_crash():
    data = {"production": "x", "params": {}, "children": []}
    for _ in range(100_000):
        data = {"production": "x", "params": {}, "children": [data]}
    with pytest.raises(ValueError, match="nests at most 64"):
        Blueprint.from_dict(data)
    while data["children"]:  # or its own clean-up would nest as deep
        data = data["children"][0]


def test_a_grammar_whose_samples_may_not_end_is_refused():
    endless = [
        Production("add", "term", Level.STRUCTURE, (TERM, TERM), weight=1.0),
        Production("leaf", "term", Level.STRUCTURE, weight=1.0),
    ]
    assert spectral_radius(endless) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no finite expected size"):
        Grammar(TERM, endless, str)
    with pytest.raises(ValueError, match="fills the slot"):
        Grammar(("other",), endless, str)
    mixed = [Production("a", "s", Level.NODE), Production("b", "s", Level.STRUCTURE)]
    with pytest.raises(ValueError, match="share one level"):
        Grammar(("s",), mixed, str)


def test_an_edit_for_another_blueprint_is_refused():
    for path in ((5,), (0, 0, 0), (-1,)):
        with pytest.raises(ValueError):
            GRAMMAR.apply(ONE, Edit(Level.NODE, path, make("variable"), ""))


def test_samples_have_the_expected_size_of_the_branching_process():
    """E[term] = 1 + (0.8 E[term]) / 1.5 + 1 / 1.5, and the program adds one."""
    wide = toy(max_nodes=10_000, max_depth=500)
    sizes = [size(wide.sample(Random(seed))) for seed in range(4000)]
    expected = 1 + (1 + 1 / 1.5) / (1 - 0.8 / 1.5)
    assert sum(sizes) / len(sizes) == pytest.approx(expected, rel=0.08)

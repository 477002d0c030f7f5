"""Features: what they say, and that odd input neither fails nor stalls."""

from __future__ import annotations

import pytest

from discover.space import Blueprint, Candidate, make
from discover.value_model import Sample, ValueModel
from discover.value_model.describer import Describer
from discover.value_model.features import FAMILIES, MAX_SOURCE, Subject
from discover.value_model.graphs import (
    MAX_NODES,
    Graph,
    graph_of,
    neighbourhoods,
    profile,
    routes,
    shape,
    walks,
)

DIAMOND = Graph(["in", "a", "b", "b", "out"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)])
RENUMBERED = Graph(["out", "b", "a", "in", "b"], [(3, 2), (3, 4), (4, 1), (2, 0), (1, 0)])
OTHER_ENDS = Graph(["in", "b", "a", "b", "out"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)])


def of(family: str, blueprint: Blueprint | None = None, source: str = "") -> dict[object, float]:
    candidate = Candidate("id", source, blueprint)
    return dict(FAMILIES[family].of(Subject(Sample(candidate))))


@pytest.mark.parametrize("measure", [walks, neighbourhoods, routes, shape, profile])
def test_the_order_of_nodes_does_not_matter(measure) -> None:
    assert measure(DIAMOND) == pytest.approx(measure(RENUMBERED))
    assert measure(DIAMOND) != pytest.approx(measure(OTHER_ENDS))


def test_walks_follow_edges() -> None:
    found = walks(DIAMOND)
    assert found["b"] == 2 and found["in>b>b"] == 1 and "in>b>out" not in found


def test_routes_are_whole_ways() -> None:
    assert routes(DIAMOND)["in>a>out"] == 1 and routes(DIAMOND)["b+b+in+out"] == 1


def test_shape_counts_along_ways() -> None:
    found = shape(DIAMOND)
    assert (found["longest"], found["shortest"], found["count b"]) == (3, 2, 2)
    assert (found["most b"], found["fewest b"]) == (2, 0)


def test_profile_counts_every_node_once_at_each_resolution() -> None:
    found = profile(DIAMOND)
    for bins in (2, 4, 8):
        counted = sum(v for name, v in found.items() if str(name).startswith(f"{bins}."))
        assert counted == pytest.approx(5)
    assert found["2.0 in"] > 0.8 and found["2.1 out"] > 0.8


def test_a_cycle_ends() -> None:
    loop = Graph(["a", "b", "c"], [(0, 1), (1, 2), (2, 1)])
    for measure in (walks, neighbourhoods, routes, shape, profile):
        assert isinstance(measure(loop), dict)


def test_a_wiring_is_read_as_a_graph_and_slots_as_a_row() -> None:
    wired = make(
        "architecture",
        make("node", code="conv", inputs="0"),
        make("node", code="pool", inputs="0,1"),
    )
    assert walks(graph_of(wired))["conv>pool"] == 1
    row = make("architecture", make("slot", name="0", code="x"), make("slot", name="1", code="y"))
    assert walks(graph_of(row))["x>y"] == 1


def test_numbers_are_not_words() -> None:
    blueprint = make("mixer", width=64, gated=True, kind="conv")
    assert of("numbers", blueprint) == {":width": 64.0}
    assert of("positions", blueprint) == {":gated=True": 1, ":kind=conv": 1, ":width=64": 1}


def test_source_is_read_as_words() -> None:
    a = of("source", source="y = torch.cumsum(x, 1)  # a note\n")
    assert a["cumsum"] == 1 and a["torch ."] == 1 and "note" not in a


def deep() -> Blueprint:
    node = make("leaf")
    for _ in range(3000):
        node = make("wrap", node)
    return node


ODD_SOURCES = {
    "empty": "",
    "large": "x = [" + "1, " * 350_000 + "]",
    "one long word": "a" * 1_000_000,
    "unclosed quotes": "'\"" * 200_000,
    "not UTF-8": b"x = '\xff\xfe'".decode("utf-8", "surrogateescape"),
    "a lone surrogate": "x = '\ud800'",
    "nested": "(" * 200_000 + ")" * 200_000,
    "no text": "\x00" * 1000,
}


@pytest.mark.parametrize("source", ODD_SOURCES.values(), ids=ODD_SOURCES)
def test_odd_sources_are_predicted(source: str) -> None:
    good = [Sample(Candidate(str(i), f"x = {'y + ' * i}1\n")) for i in range(12)]
    odd = Sample(Candidate("odd", source))
    model = ValueModel(families=("source", "context"))
    model.fit([*good, odd], [float(i) for i in range(13)])
    assert model.ready
    for prediction in model.predict([*good, odd]):
        assert abs(prediction.mean) < 100 and 0 < prediction.spread < 100


def test_only_the_start_of_a_source_is_read() -> None:
    long = "x " * MAX_SOURCE
    assert of("source", source=long)["x"] == MAX_SOURCE // 2


@pytest.mark.parametrize(
    "blueprint",
    [
        deep(),
        make("wide", *[make("leaf", size=i) for i in range(5000)]),
        make("architecture", *[make("node", code=str(i % 7), inputs=str(i)) for i in range(2000)]),
        make("odd", name="\ud800", value=float(10**300)),
        make("alone"),
    ],
    ids=["deep", "wide", "long", "strange values", "alone"],
)
def test_odd_blueprints_are_described(blueprint: Blueprint) -> None:
    rows = Describer()([Sample(Candidate("odd", "", blueprint))])
    assert rows.keys() == FAMILIES.keys()
    assert len(rows["walks"].names) <= 4 * MAX_NODES


def test_free_figures_are_never_kept_from_another_run() -> None:
    describe = Describer()
    candidate = Candidate("same", "", make("leaf"))
    first = describe([Sample(candidate, free={"probe": 1.0})])["free"]
    second = describe([Sample(candidate, free={"probe": 2.0})])["free"]
    assert (first.values[0], second.values[0]) == (1, 2)

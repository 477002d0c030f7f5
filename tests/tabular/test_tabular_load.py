"""A spec that does not fit its table gets one line with the row and the column."""

import csv
import gzip
import io
import json

import numpy as np
import pytest

from discover.evaluators.tabular import (
    SpecError,
    TableError,
    TableMissing,
    TabularDomain,
    read_spec,
)
from discover.space.wiring import wiring

from .conftest import SPEC

GOOD = "ops,val,test,size\n0000,1,2,3\n0001,2,3,4\n"


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (
            "ops,val,size\n0000,1,3\n",
            "'test' is missing; the table has 'ops', 'val', 'size'",
        ),
        ("", "expected names of columns in the first row, got none"),
        (GOOD + "0009,1,1,1\n", "row 4, column 'ops': code '9' is out of range; expected one of 0"),
        (GOOD + "000,1,1,1\n", "row 4, column 'ops': '000' has 3 codes, expected 4"),
        (GOOD + "0001,5,1,1\n", "row 4, column 'ops': the same architecture as row 3"),
        (GOOD + "0011,nan,1,1\n", "row 4, column 'val': expected a finite number, got 'nan'"),
        (GOOD + "0011,,1,1\n", "'val': expected a finite number, got ''; `missing: failed` in"),
        (GOOD + "0011,1,1,1_0\n", "row 4, column 'size': expected a number, got '1_0'"),
        (GOOD + "0011,1,1,big\n", "row 4, column 'size': expected a number, got 'big'"),
        (GOOD + "0011,1,1,inf\n", "row 4, column 'size': expected a finite number, got 'inf'"),
        (GOOD + "0011,1,1,-2e150\n", "row 4, column 'size': expected a number of at most 1e+150"),
        (GOOD + "0011,1\n", "row 4: 2 cells, the header has 4"),
        ("ops,val,test,size,val\n0000,1,2,3,4\n", "expected one column 'val', got several"),
        ("ops,val,test,size\n", "no rows below the header"),
    ],
)
def test_a_table_that_does_not_fit(write, csv, message):
    with pytest.raises(TableError) as caught:
        TabularDomain.load(write(SPEC, csv))
    assert message in str(caught.value)
    assert "toy.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


KINDS = (
    "field encoding.kind: expected digits, columns, graph or operation-graph, got 'digit'; "
    "did you mean digits?"
)
JUMP = "field levels.node.0.move: expected replace, swap, redraw, resize or nearest, got 'jump'"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("name: [", "not YAML"),
        ("- a", "expected a mapping of fields, got list"),
        ("name: 2026-13-45", "'2026-13-45' cannot be read: month must be in 1..12 at line 1"),
        ("name: " + "9" * 5000, "999… cannot be read: Exceeds the limit (4300 digits)"),
        ("name: !!bool zz", "'zz' cannot be read at line 1"),
        (SPEC + "fidelities: {1: ops}", "field fidelities: column 'ops' holds the architecture"),
        (
            SPEC + "constraint: {column: test, target: 1}",
            "field constraint: column 'test' is no cost, got {'column': 'test', 'target': 1}",
        ),
        (SPEC + "costs: [test]", "key 'costs' is there twice at line 9, column 1"),
        (SPEC.replace('"1": conv', '"0": conv'), "key '0' is there twice"),
        ("[" * 5000, "it nests too deeply"),
        (SPEC.replace("toy\n", '"\\ud800"\n'), "field name: expected a text, got '\\ud800'"),
        (SPEC.replace("none", '"\\ud800"'), "codes.0: expected a text, got '\\ud800'"),
        (
            SPEC.replace("toy.csv", "a" * 2000),
            "field table: expected a text of length 1000 or less",
        ),
        (
            SPEC.replace(
                "kind: digits, column: ops, length: 4, codes", "kind: columns, columns: []}\n#"
            ),
            "field encoding.columns: expected one column or more, got []",
        ),
        (
            SPEC + "constraint: {column: size, target: .inf}",
            "field constraint.target: expected a finite number, got inf",
        ),
        (SPEC + "querry: 3", "field querry: there is no such field; did you mean query?"),
        (SPEC + "cost: [size]", "field cost: there is no such field; did you mean costs?"),
        (SPEC.replace("kind: digits", "kind: digit"), KINDS),
        (SPEC.replace("{column: val}", "{}"), "field query.column: is missing"),
        (SPEC + "levels: {node: [{move: jump}]}", JUMP),
        (SPEC + "levels: {node: [{size: any}]}", "field levels.node.0.move: is missing"),
        (
            SPEC + "levels: {node: [{move: swap}, {move: resize, count: 3}]}",
            "field levels.node.1.count: there is no such field; there are move",
        ),
        (
            SPEC + "levels: {node: [{move: redraw, positions: all}]}",
            "field levels.node.0.positions: there is no such field; there are move, groups",
        ),
        (
            SPEC + "levels: {node: [{move: nearest, siez: any}]}",
            "field levels.node.0.siez: there is no such field; did you mean size?",
        ),
        (
            SPEC.replace("length: 4", "length: 4, edges: [[0, 1], [0, 2]]"),
            "toy.yaml: field encoding.edges: expected as many as `length` says, 4, "
            "got [[0, 1], [0, 2]]",
        ),
        (
            SPEC.replace("length: 4", "lenght: 4"),
            "field encoding.lenght: there is no such field; did you mean length?",
        ),
        (
            SPEC.replace("length: 4", "length: four"),
            "field encoding.length: expected a whole number, got 'four'",
        ),
        (
            SPEC + "levels: {nodes: []}",
            "field levels.nodes: expected framework, structure or node, "
            "got 'nodes'; did you mean node?",
        ),
        (SPEC.replace("kind: digits,", ""), "field encoding.kind: is missing"),
        (
            SPEC + "fidelities: {-5: val, 1: test}",
            "field fidelities.-5: expected at least 0, got -5",
        ),
        (
            SPEC + f"fidelities: {{1: val, {'9' * 400}: test}}",
            f"field fidelities.{'9' * 59}…: expected at most 1000000000000000, got {'9' * 59}…",
        ),
    ],
)
def test_a_spec_that_cannot_be_read(write, spec, message):
    with pytest.raises(SpecError) as caught:
        read_spec(write(spec, GOOD))
    assert message in str(caught.value)
    assert "sys." not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "columns", "message"),
    [
        ("free", "val", "column 'val' is what is queried; expected others"),
        ("costs", "val", "column 'val' is what is queried; expected others"),
        ("report", "test, test", "expected each once"),
        ("costs", "size, size", "expected each once"),
        ("free", "size, size", "expected each once"),
        ("costs", "ops", "column 'ops' holds the architecture; expected others"),
        ("free", "ops", "column 'ops' holds the architecture; expected others"),
    ],
)
def test_a_spec_that_contradicts_itself(write, field, columns, message):
    usual = "test" if field == "report" else "size"
    spec = SPEC.replace(f"{field}: [{usual}]", f"{field}: [{columns}]")
    with pytest.raises(SpecError) as caught:
        read_spec(write(spec, GOOD))
    assert f"toy.yaml: field {field}: {message}, got [" in str(caught.value)


@pytest.mark.parametrize(
    ("usual", "said"),
    [
        ("column: val", "field query: column 'ops' holds the architecture"),
        ('codes: {"0": none, "1": conv, "2": pool}', "field encoding.codes: expected each once"),
    ],
)
def test_the_architecture_is_no_score_and_has_each_code_once(write, usual, said):
    spec = SPEC.replace(usual, "column: ops" if usual == "column: val" else "codes: [a, a]")
    with pytest.raises(SpecError, match=said):
        read_spec(write(spec, GOOD))


def test_what_is_queried_may_be_reported_and_end_the_curve(write):
    spec = SPEC.replace("[test]", "[val, test]") + "fidelities: {1: test, 2: val}\n"
    assert read_spec(write(spec, GOOD)).report == ("val", "test")


def test_a_move_that_names_no_position_is_refused(write):
    spec = SPEC + 'levels: {node: [{move: replace, positions: ["7"]}]}'
    with pytest.raises(SpecError, match="level node: no position '7'; there are 0, 1, 2, 3"):
        TabularDomain.load(write(spec, GOOD))


def test_a_missing_table_says_where_it_was_sought(write, tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVER_TABLES", str(tmp_path / "elsewhere"))
    path = write(SPEC, GOOD)
    (tmp_path / "toy.csv").unlink()
    with pytest.raises(TableMissing, match=r"toy: table 'toy.csv' is not in .*elsewhere"):
        TabularDomain.load(path)


@pytest.mark.parametrize(
    ("given", "named", "found"), [("a", "b", "a"), (None, "b", "b"), (None, None, "tables")]
)
def test_the_tables_folder_may_be_elsewhere_and_packed(
    write, tmp_path, monkeypatch, given, named, found
):
    path = write(SPEC.replace("toy.csv", "packed.csv.gz"), GOOD)
    (tmp_path / found).mkdir()
    (tmp_path / found / "packed.csv.gz").write_bytes(gzip.compress(GOOD.encode()))
    monkeypatch.setenv("DISCOVER_TABLES", str(tmp_path / named) if named else "")
    assert len(TabularDomain.load(path, given and tmp_path / given).table) == 2


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-12], lambda data: b"\xff".join([data[:10], data[11:]])],
    ids=["torn", "flipped"],
)
def test_a_damaged_gzip_is_one_line(write, tmp_path, spoil):
    path = write(SPEC.replace("toy.csv", "packed.csv.gz"), GOOD)
    (tmp_path / "packed.csv.gz").write_bytes(spoil(gzip.compress(GOOD.encode())))
    with pytest.raises(TableError, match="cannot be read as CSV"):
        TabularDomain.load(path)


def test_duplicates_may_be_averaged_and_failed_runs_kept(write):
    spec = SPEC.replace("{column: val}", "{column: val, direction: min, missing: failed}")
    csv = GOOD + "0001,4,5,4\n0002,,,1\n"
    table = TabularDomain.load(write(spec + "duplicates: mean\n", csv)).table
    np.testing.assert_array_equal(table.query, [1, 3, np.nan])
    np.testing.assert_array_equal(table.scores, [-1, -3, np.nan])
    np.testing.assert_array_equal(table.report, [2, 4, np.nan])


ENCODINGS = [
    ("{kind: columns, columns: {width: {ordered: true}, act: {}}}", "width,act", "64,relu"),
    ("{kind: digits, column: ops, separator: '-'}", "ops", "a-b-c"),
    ("{kind: digits, column: ops, edges: [[0, 1], [0, 2], [1, 2]]}", "ops", "012"),
    ("{kind: graph, parents: link, operations: ops}", "link,ops", "0012,gcaf"),
    ("{kind: graph, parents: link, operations: ops, separator: ';'}", "link,ops", '"0;0,1","a;b"'),
    (
        "{kind: operation-graph, column: recipe}",
        "recipe",
        '"{""f"": {""op"": ""add"", ""input"": [""x"", ""h""]}}"',
    ),
]


@pytest.mark.parametrize(("encoding", "header", "row"), ENCODINGS)
def test_every_encoding_comes_back_from_its_program(write, encoding, header, row):
    spec = f"name: toy\ntable: toy.csv\nencoding: {encoding}\nquery: {{column: val}}\n"
    domain = TabularDomain.load(write(spec, f"{header},val\n{row},7\n"))
    candidate = domain.candidate(domain.table.genomes[0])
    rewritten = type(candidate).from_source("# a comment\n" + candidate.source)
    assert rewritten.id == candidate.id
    assert rewritten.blueprint is None
    assert domain.row(rewritten) == 0


def test_ordered_codes_are_told_apart_to_the_last_digit(write):
    encoding = "{kind: columns, columns: {rate: {ordered: true}}}"
    spec = f"name: toy\ntable: toy.csv\nencoding: {encoding}\nquery: {{column: val}}\n"
    rates = ["64", "1000001", "1000002", "0.12345678", "0.12345679", "1e-05", "1e+16"]
    rows = "".join(f"{rate},{i}\n" for i, rate in enumerate(rates))
    domain = TabularDomain.load(write(spec, "rate,val\n" + rows))
    assert [code for (code,) in domain.table.genomes] == rates
    candidates = [domain.candidate(genome) for genome in domain.table.genomes]
    rewritten = [type(c).from_source("# a comment\n" + c.source) for c in candidates]
    assert [domain.row(candidate) for candidate in rewritten] == list(range(7))
    assert len({candidate.id for candidate in candidates}) == 7


@pytest.mark.parametrize(
    ("encoding", "header", "row", "message"),
    [
        (ENCODINGS[0][0], "width,act", "wide,relu", "ordered code 'wide' is not a finite number"),
        (ENCODINGS[0][0], "width,act", "nan,relu", "column 'width': ordered code 'nan' is not a"),
        (ENCODINGS[0][0], "width,act", "-inf,relu", "ordered code '-inf' is not a finite number"),
        (ENCODINGS[3][0], "link,ops", "0312,gcaf", "node 2 cannot read from '3'"),
        (ENCODINGS[3][0], "link,ops", "001,gcaf", "3 nodes against 4 operations"),
        (ENCODINGS[5][0], "recipe", "{}x", "not an operation graph"),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add"", ""input"": ""xh""}}"',
            "toy.csv row 2, column 'recipe': input of 'f': expected a list of names, got 'xh'",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add"", ""input"": [null]}}"',
            r"input of 'f': expected a list of names, got \[None\]",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": null, ""input"": [""x""]}}"',
            "toy.csv row 2, column 'recipe': op of 'f': expected a name, got None",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add"", ""input"": [""x""], ""stride"": 2}}"',
            "toy.csv row 2, column 'recipe': node 'f' has a field 'stride'; expected op and input",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add""}}"',
            "toy.csv row 2, column 'recipe': input of 'f' is missing",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add"", ""input"": []}, ""f"": {""op"": ""mul"", ""input"": []}}"',
            "column 'recipe': .*key 'f' is there twice$",
        ),
        (
            ENCODINGS[5][0],
            "recipe",
            '"{""f"": {""op"": ""add"", ""input"": [""""]}}"',
            r"input of 'f': expected a list of names, got \[''\]",
        ),
        (ENCODINGS[5][0], "recipe", "[]", r"not an operation graph such as .*: got '\[\]'$"),
        (ENCODINGS[5][0], "recipe", "{}x", "not an .*: no JSON from character 3 on$"),
        (ENCODINGS[5][0], "recipe", "[" * 50_000, "not an .*: it nests too deeply$"),
        (ENCODINGS[4][0], "link,ops", "9" * 5000 + ",a", "node 1 cannot read from '999"),
        (ENCODINGS[0][0], "width,act", "1_0,relu", "ordered code '1_0' is not a finite number"),
    ],
)
def test_an_encoding_that_does_not_fit(write, encoding, header, row, message):
    spec = f"name: toy\ntable: toy.csv\nencoding: {encoding}\nquery: {{column: val}}\n"
    with pytest.raises(TableError, match=message):
        TabularDomain.load(write(spec, f"{header},val\n{row},7\n"))


def test_operations_and_inputs_may_be_numbers_or_have_brackets(write):
    spec = f"name: toy\ntable: toy.csv\nencoding: {ENCODINGS[5][0]}\nquery: {{column: val}}\n"
    rows = (
        '"{""0"": {""op"": 3, ""input"": [""x""]}, ""1"": {""op"": 4, ""input"": [0, ""x""]}}"',
        '"{""0"": {""op"": ""conv(3)"", ""input"": [""x""]}}"',
    )
    domain = TabularDomain.load(write(spec, "recipe,val\n" + "".join(f"{r},7\n" for r in rows)))
    nodes = [
        [(node["name"], node["code"], node["inputs"]) for node in candidate.blueprint.children]
        for candidate in map(domain.candidate, domain.table.genomes)
    ]
    assert nodes == [[("0", "3", "x"), ("1", "4", "0,x")], [("0", "conv(3)", "x")]]


def graphs(write, *cells, spec=""):
    """A table of operation graphs, its figures 1, 2, ..."""
    table = io.StringIO()
    csv.writer(table).writerows(
        [("recipe", "val"), *((json.dumps(cell), i) for i, cell in enumerate(cells, start=1))]
    )
    whole = f"name: toy\ntable: toy.csv\nencoding: {ENCODINGS[5][0]}\nquery: {{column: val}}\n"
    return TabularDomain.load(write(whole + spec, table.getvalue()))


ODD = ["h(t-1)", "x,h", "n=1", "a)", "(", "%2C", "x%", "f=add(x", '"q"', "\ud800"]


def test_names_of_nodes_are_kept_whatever_they_hold(write):
    cells = [
        *({name: {"op": "add", "input": [other]}} for name in ODD for other in ODD),
        {"a": {"op": "add", "input": ["x", "h"]}},
        {"a": {"op": "add", "input": ["x,h"]}},
        {"a": {"op": "add=b(c)", "input": []}},
        {"a=add": {"op": "b(c)", "input": []}},
    ]
    domain = graphs(write, *cells)
    candidates = [domain.candidate(genome) for genome in domain.table.genomes]
    rewritten = [type(c).from_source("# a comment\n" + c.source) for c in candidates]
    assert [domain.row(candidate) for candidate in rewritten] == list(range(len(cells)))
    assert len({candidate.id for candidate in candidates}) == len(cells)


@pytest.mark.parametrize("name", ODD)
def test_a_node_is_read_from_by_its_name_whatever_that_holds(write, name):
    domain = graphs(write, {name: {"op": "a", "input": ["x"]}, "end": {"op": "b", "input": [name]}})
    graph = wiring(domain.space.blueprint(domain.table.genomes[0]))
    assert graph.labels == ("a", "b", "input x")
    assert graph.edges == ((2, 0), (0, 1))


def test_the_program_of_a_graph_with_plain_names_stays_the_same(write):
    """Memories hold its hash."""
    domain = graphs(write, {"f 1": {"op": "conv(3)", "input": ["h_0", "x"]}})
    assert domain.candidate(domain.table.genomes[0]).source == (
        "ARCHITECTURE = [\n    {'code': 'conv(3)', 'inputs': 'h_0,x', 'name': 'f 1'},\n]\n"
    )


def test_the_order_of_nodes_makes_no_other_architecture(write):
    f, g = {"op": "add", "input": ["x"]}, {"op": "mul", "input": ["f", "x"]}
    cells = [{"f": f, "g": g}, {"g": g, "f": f}, {"f": f, "g": {**g, "input": ["x", "f"]}}]
    with pytest.raises(TableError, match="row 3, column 'recipe': the same architecture as row 2"):
        graphs(write, *cells)
    assert graphs(write, *cells, spec="duplicates: mean").table.query.tolist() == [1.5, 3]


def test_a_column_of_the_architecture_may_be_a_cost(write):
    spec = (
        f"name: toy\ntable: toy.csv\nencoding: {ENCODINGS[0][0]}\nquery: {{column: val}}\n"
        "costs: [width]\nfree: [width]\n"
    )
    domain = TabularDomain.load(write(spec, "width,act,val\n64,relu,7\n32,relu,6\n"))
    assert list(domain.table.costs["width"]) == [64, 32]

"""A small table written to a temporary folder, with its spec."""

import itertools
from textwrap import dedent

import pytest

from discover.evaluators.tabular import TabularDomain

SPEC = """
name: toy
table: toy.csv
encoding: {kind: digits, column: ops, length: 4, codes: {"0": none, "1": conv, "2": pool}}
query: {column: val}
report: [test]
costs: [size]
free: [size]
"""


@pytest.fixture
def write(tmp_path):
    """Write a spec and its table; returns the spec's path."""

    def write(spec, csv):
        (tmp_path / "toy.csv").write_text(csv)
        path = tmp_path / "toy.yaml"
        path.write_text(dedent(spec))
        return path

    return write


@pytest.fixture
def toy(write):
    """81 architectures of four positions; the score counts and places the ones."""
    rows = ["ops,val,test,size"]
    for code in itertools.product("012", repeat=4):
        good = sum((i + 1) * (c == "1") for i, c in enumerate(code))
        rows.append(f"{''.join(code)},{good},{good + 0.5},{code.count('2')}")
    return TabularDomain.load(write(SPEC, "\n".join(rows) + "\n"))

"""A database from elsewhere: what it consists of is looked at before anything is read."""

import sqlite3

import pytest
from typer.testing import CliRunner

from discover.cli.memory import app
from discover.memory import open_memory
from discover.memory.check import check
from discover.memory.errors import TamperedDatabase

from .sample import fill

FOREVER = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


def change(path, *statements):
    fill(path)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            ("ALTER TABLE campaigns RENAME TO hidden", f"CREATE VIEW campaigns AS {FOREVER}"),
            "campaigns is a view, where a table is expected",
        ),
        ((f"CREATE VIEW mine AS {FOREVER}",), "the view 'mine' is not one of ours"),
        (
            ("CREATE TRIGGER t AFTER INSERT ON metrics BEGIN DELETE FROM claims; END",),
            "the trigger 't' is not one of ours",
        ),
        (
            (
                "DROP TRIGGER insights_fts_insert",
                "CREATE TRIGGER insights_fts_insert AFTER INSERT ON insights"
                " BEGIN DELETE FROM claims; END",
            ),
            "the trigger insights_fts_insert is another than ours",
        ),
        (("DROP TABLE claims",), "the table claims is missing"),
        (
            ("ALTER TABLE claims ADD COLUMN x AS (hex(zeroblob(1000000000)))",),
            "the table claims is another than ours",
        ),
        (("CREATE VIRTUAL TABLE v USING fts5 (x)",), "the virtual table 'v' is not one of ours"),
    ],
)
def test_a_memory_of_other_parts_is_refused_in_one_line(tmp_path, statements, words, read_only):
    path = tmp_path / "theirs.db"
    change(path, *statements)
    with pytest.raises(TamperedDatabase) as caught:
        open_memory(path, read_only=read_only)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    result = CliRunner().invoke(app, ["check", "--db", str(path)])
    assert result.exit_code == 5 and words in result.stdout


def test_tables_of_others_are_left_alone_and_named_by_check(tmp_path):
    path = tmp_path / "ours.db"
    change(
        path,
        "CREATE TABLE notes (x)",
        "CREATE INDEX mine ON evaluations (score)",
        "DROP INDEX claims_by_candidate",
        "ANALYZE",
    )
    with open_memory(path) as memory:
        assert check(memory) == [
            "the table 'notes' is not one of ours",
            "the index 'mine' is not one of ours",
            "the index claims_by_candidate is missing",
        ]

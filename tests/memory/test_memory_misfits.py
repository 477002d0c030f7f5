"""Rows that no Discover wrote: one line that names the cell, and what is ours stays a traceback."""

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.memory import open_memory, summaries
from discover.memory.check import check
from discover.memory.misfits import misfits

from .sample import fill, program

FIRST = program(1).id


def break_cell(path, statement, *values):
    """Change a filled memory behind the back of its own rules."""
    whole = _redefine(path, "replace(sql, ' NOT NULL', '')")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement, values)
    _redefine(path, "?", whole)


def _redefine(path, sql, *values):
    """What a table of runs is made by, replaced; returns what it was."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        where = "WHERE name = 'evaluations'"
        before = connection.execute(f"SELECT sql FROM sqlite_schema {where}").fetchone()[0]
        connection.execute(f"UPDATE sqlite_schema SET sql = {sql} {where}", values)
    return before


BROKEN = [
    ("UPDATE campaigns SET direction = 'up'", "direction is text 'up', expected one of 'max'",
     "memory list", "memory stats", "memory best", "report --to r.html"),
    ("UPDATE campaigns SET config = '[1]'", "config is text '[1]', expected a JSON object",
     "resume last"),
    ("UPDATE campaigns SET config = '{'", "config is text '{', expected a JSON object",
     "memory list", "status"),
    ("UPDATE campaigns SET created = 'x'", "created is text 'x', expected seconds since 1970",
     "memory list", "report --to r.html"),
    ("UPDATE campaigns SET created = 1e300", "expected seconds since 1970", "memory list"),
    ("UPDATE campaigns SET heartbeat = 'x'", "heartbeat is text 'x'", "status", "status --json"),
    ("UPDATE evaluations SET score = 'x'", "evaluations 1: score is text 'x', expected a number",
     f"memory show {FIRST}", "report --to r.html"),
    ("UPDATE evaluations SET cpu_s = NULL", "cpu_s is NULL, expected a finite number",
     f"memory show {FIRST}"),
    ("UPDATE evaluations SET purpose = 'x'", "purpose is text 'x'", f"memory show {FIRST}"),
    ("UPDATE campaigns SET wall_s = 9e999", "wall_s is real 'Inf', expected a finite number",
     "memory stats", "status"),
    ("UPDATE metrics SET value = 'x'", "value is text 'x', expected a number",
     f"export {FIRST} --to folder"),
    ("UPDATE curves SET data = X'00ff00'", "data is blob", f"memory show {FIRST} --json"),
    ("UPDATE standings SET median = X'ff'", "median is blob b'\\xff', expected a number",
     "status", "memory best", "report --to r.md"),
    ("UPDATE claims SET seeds = '7'", "expected a JSON array of whole numbers",
     "report --to r.html"),
    ("UPDATE claims SET difference = 'x'", "difference is text 'x'", "report --to r.html"),
    ("UPDATE embeddings SET vector = 'x'", "vector is text 'x', expected bytes",
     "memory search decay"),
    ("UPDATE proposals SET level = 'x'", "level is text 'x', expected one of 'framework'",
     f"memory show {FIRST}"),
    (f"UPDATE candidates SET id = 'f' || id WHERE id <> '{FIRST}'",
     "names a row of candidates that is missing", f"memory lineage {FIRST}"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "said", "commands"), [(s, w, c) for s, w, *c in BROKEN])
def test_a_command_that_trips_over_a_row_names_it_in_one_line(
    tmp_path, monkeypatch, statement, said, commands
):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    CliRunner().invoke(app, ["memory", "search", "decay"])  # stores vectors
    break_cell("discover.db", statement)
    for command in commands:
        result = CliRunner().invoke(app, command.split())
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1), command
        assert result.stderr.startswith("discover: discover.db holds what no Discover writes: ")
        assert said in result.stderr
    result = CliRunner().invoke(app, ["memory", "check"])
    assert result.exit_code == 5 and said in result.stdout


def test_the_other_memory_of_a_merge_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("other.db")
    break_cell("other.db", "UPDATE candidates SET source = X'00' WHERE id = ?", FIRST)
    result = CliRunner().invoke(app, ["memory", "merge", "other.db"])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "source" in result.stderr


def test_text_that_is_no_utf_8_is_damage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    break_cell("discover.db", "UPDATE campaigns SET budget = CAST(X'ff00' AS TEXT)")
    result = CliRunner().invoke(app, ["memory", "list"])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert "discover.db is damaged" in result.stderr


@pytest.mark.parametrize("command", ["show first", "search decay", "tree", "report --to r.html"])
def test_a_document_of_another_shape_is_no_blueprint(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    break_cell("discover.db", "UPDATE candidates SET blueprint = '{\"a\": 1}', name = 'first'"
               " WHERE id = ?", FIRST)  # fmt: skip
    arguments = command.split() if command.startswith("report") else ["memory", *command.split()]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert f"candidate {FIRST}: its blueprint cannot be read: " in result.stderr


def test_a_defect_of_ours_is_not_blamed_on_a_sound_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    monkeypatch.setattr(summaries, "summarise", lambda *_: 1 / 0)
    result = CliRunner().invoke(app, ["memory", "list"])
    assert isinstance(result.exception, ZeroDivisionError)


def stumble(monkeypatch, error):
    """Let `memory list` fail with `error`, whatever the memory holds."""

    def summarise(*_):
        raise error

    monkeypatch.setattr(summaries, "summarise", summarise)
    return CliRunner().invoke(app, ["memory", "list"])


def test_an_odd_row_explains_only_what_a_row_can_bring_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    break_cell("discover.db", "UPDATE metrics SET value = 'x'")
    defect = NameError("summaries")
    assert stumble(monkeypatch, defect).exception is defect
    assert stumble(monkeypatch, TypeError("x")).exit_code == 2
    monkeypatch.setenv("DISCOVER_TRACEBACK", "1")
    defect = TypeError("x")
    assert stumble(monkeypatch, defect).exception is defect


def test_damage_that_the_search_for_an_odd_row_meets_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill("discover.db")
    with sqlite3.connect("discover.db") as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'metrics'")
    with Path("discover.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    result = stumble(monkeypatch, TypeError("x"))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "discover.db is damaged" in result.stderr


def test_a_sound_memory_has_no_misfits_and_many_are_cut_short(tmp_path):
    path = tmp_path / "discover.db"
    fill(path)
    with open_memory(path, read_only=True) as memory:
        assert list(misfits(memory)) == check(memory) == []
    break_cell(path, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 99)"
               " INSERT INTO metrics SELECT 1, 'm' || i, 'x' FROM n")  # fmt: skip
    with open_memory(path, read_only=True) as memory:
        assert len(list(misfits(memory))) == 20

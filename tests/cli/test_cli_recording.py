"""What models said is written to a file, and answers from there without them."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from discover.cli.main import app

from ..agents.endpoint import Endpoint
from ..agents.strong import StrongModel

TOY = str(Path(__file__).parents[1] / "search" / "domains" / "toy.py")
runner = CliRunner()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("MODEL", "API_BASE", "REPLIES", "RECORD"):
        monkeypatch.delenv(f"DISCOVER_{name}", raising=False)


def search(db, *more):
    common = ("--domain", TOY, "--budget", "7evals", "--slots", "1", "--no-value-model")
    return runner.invoke(app, ["run", *common, "--db", db, *more])


def proposed(db):
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute("SELECT candidate, author, idea FROM proposals").fetchall()


def point(body):
    return f"```python\nX = {body['seed'] % 19}\nY = 4\n```"


def test_a_recorded_search_is_made_again_without_its_model():
    model = Endpoint(StrongModel(code=point, debug=point))
    asked = ("--model", "openai/strong", "--api-base", model.api_base)
    result = search("a.db", *asked, "--record", "said.jsonl")
    assert result.exit_code == 0, result.output
    model.close()
    kept = [json.loads(line) for line in Path("said.jsonl").read_text().splitlines()]
    assert kept[0]["models"]["model"] == "openai/strong" and len(kept) > 5
    again = search("b.db", "--replies", "said.jsonl")
    assert again.exit_code == 0, again.output
    assert proposed("b.db") == proposed("a.db")
    assert any(author == "team" for _, author, _ in proposed("b.db"))


def test_what_cannot_be_read_or_written_is_one_line(tmp_path):
    (tmp_path / "bad").write_text("no replies")
    head = json.dumps({"format": "discover-replies-1", "models": {}})
    (tmp_path / "empty").write_text(head)
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**30 + 1)
    for more, said in (
        (("--replies", "/dev/zero"), "/dev/zero: expected a file that holds replies"),
        (("--replies", "pipe"), "pipe: expected a file that holds replies"),
        (("--replies", "huge"), "huge: at most 1073741824 bytes are read of replies"),
        (("--replies", "bad"), "bad is not what --record wrote"),
        (("--replies", "none"), "none: No such file"),
        (("--replies", "empty"), "empty holds replies of no model"),
        (("--record", "nowhere/x"), "nowhere/x: No such file"),
    ):
        result = search("c.db", *more)
        assert result.exit_code == 2 and said in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_folder_s_file_neither_records_nor_replies(tmp_path):
    (tmp_path / "discover.toml").write_text('record = "x"')
    result = search("d.db")
    assert result.exit_code == 2 and "nothing at the top is called 'record'" in result.stderr

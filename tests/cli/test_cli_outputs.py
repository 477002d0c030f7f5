"""No command writes over a file of the user's."""

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.memory import open_memory

from .conftest import TOY

OWN = "my own notes\n"
SEARCH = ("run", "--domain", str(TOY), "--budget", "3evals", "--slots", "1", "--fresh")
runner = CliRunner()


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A file of the user's own, beside an empty memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISCOVER_DB", raising=False)
    open_memory(tmp_path / "discover.db").close()
    path = tmp_path / "own.txt"
    path.write_text(OWN)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("value", "train", "--out"),
        ("value", "report", "--plot"),
        ("bench", "search", "--plot"),
        ("bench", "value", "--out"),
        ("calibrate", "--fresh", "--to"),
        ("memory", "tree", "--graphml"),
        ("memory", "backup"),
        ("memory", "export"),
        (*SEARCH, "--record"),
        (*SEARCH, "--log"),
    ],
)
def test_a_file_that_exists_is_refused(own, command):
    result = runner.invoke(app, [*command, "own.txt"])
    assert result.exit_code == 2, result.output
    assert "own.txt exists" in result.stderr and "name a new file" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert own.read_text() == OWN


def test_a_log_goes_on_where_it_ended(own):
    log = own.parent / "log.jsonl"
    assert runner.invoke(app, [*SEARCH, "--log", log.name]).exit_code == 0
    first = log.read_text()
    assert runner.invoke(app, [*SEARCH, "--log", log.name]).exit_code == 0
    assert log.read_text().startswith(first) and len(log.read_text()) > len(first) > 0


def test_an_empty_file_holds_nothing_to_lose(own):
    own.write_text("")
    result = runner.invoke(app, ["memory", "tree", "--graphml", "own.txt"])
    assert "exists" not in result.stderr

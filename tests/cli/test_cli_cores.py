"""More slots than cores: said once, in one line, and no reason to refuse."""

import pytest
from typer.testing import CliRunner

from discover.cli import options, slots
from discover.cli.main import app
from discover.search.lifecycle import start
from discover.search.strategies import MOST_ISLANDS

from .conftest import TOY


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What a search with these options says of slots."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(slots, "cores", lambda: 1)

    def of(*options, command="run"):
        search = () if command == "resume" else ("--domain", str(TOY), "--budget", "1evals")
        ended = CliRunner().invoke(app, [command, *search, *options])
        return [line for line in ended.stderr.splitlines() if "cores here" in line]

    return of


def test_more_slots_than_cores_are_said_in_one_line(said, monkeypatch):
    (line,) = said("--slots", "2")
    assert line.startswith("discover: --slots 2: more than the cores here (1), so evaluations wait")
    assert said("--slots", "3", command="resume")
    monkeypatch.setenv("DISCOVER_SLOTS", "2")
    assert len(said()) == 1


def test_slots_that_fit_and_those_that_nobody_asked_for_are_not_spoken_of(said):
    assert not said("--slots", "1") and not said()


@pytest.mark.parametrize("command", ["run", "resume"])
def test_as_many_slots_and_islands_may_be_asked_for_as_a_search_takes(command):
    assert (slots.MOST_SLOTS, options.MOST_ISLANDS) == (start.MAX_SLOTS, MOST_ISLANDS)
    ended = CliRunner().invoke(app, [command, "--slots", "1025"])
    assert ended.exit_code == 2 and "--slots" in ended.stderr and "1024" in ended.stderr

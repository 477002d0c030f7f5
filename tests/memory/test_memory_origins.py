"""What came with another memory is shown, and counts for nothing here."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from discover.cli.memory import app
from discover.memory import calls, campaigns, candidates, claims, open_memory, standings, transfer
from discover.memory.campaigns import NewCampaign
from discover.memory.check import check
from discover.memory.errors import MemoryFault
from discover.space import make

from .sample import HOSTILE, fill, program

FIRST = program(1).id
NEW = NewCampaign("toy", "toy.py", "score", "max", 7, "30m")


@pytest.fixture
def theirs(tmp_path):
    path = tmp_path / "theirs.db"
    fill(path)
    return path


def lines_of(path):
    with open_memory(path, read_only=True) as memory:
        return list(transfer.export_lines(memory))


def forged(path):
    """The lines of a memory in which a candidate is said to be better than anything."""
    lines = [json.loads(line) for line in lines_of(path)]
    for line in lines[1:]:
        if line["table"] == "evaluations" and line["row"]["candidate"] == FIRST:
            line["row"]["score"] = 1e6
    return map(json.dumps, lines)


def test_scores_of_another_memory_do_not_mix_with_ours(tmp_path, theirs):
    with open_memory(tmp_path / "ours.db") as memory:
        fill(memory.path)
        before = standings.best(memory, "toy", "quick")
        transfer.import_lines(memory, forged(theirs), "theirs.jsonl")
        assert standings.best(memory, "toy", "quick") == before
        assert max(s.high for s in standings.standings_of(memory, FIRST)) < 1
        ours, brought = sorted(campaigns.all_campaigns(memory), key=lambda c: c.origin)
        assert brought.origin == "theirs.jsonl"
        assert campaigns.comparable(memory) == {ours.id}
        assert campaigns.latest(memory, "toy") == ours
        assert check(memory) == []


def test_a_memory_that_was_only_brought_is_shown_and_nothing_starts_from_it(tmp_path, theirs):
    with open_memory(tmp_path / "new.db") as memory:
        transfer.import_lines(memory, forged(theirs), "theirs.jsonl")
        (leader, _) = standings.best(memory, "toy", "quick")
        assert leader.median == 1e6 and leader.definition.endswith("in theirs.jsonl")
        assert campaigns.comparable(memory) == frozenset()
        (brought,) = campaigns.all_campaigns(memory)
        with pytest.raises(MemoryFault, match=r"came from theirs\.jsonl"):
            campaigns.take_over(memory, brought.id)


def test_a_program_of_ours_has_the_blueprint_that_we_gave_it_first(tmp_path, theirs):
    first, second = (replace(program(1), blueprint=make(name)) for name in ("first", "second"))
    with open_memory(theirs) as memory:
        assert candidates.get(memory, FIRST).blueprint not in (None, first.blueprint)
    with open_memory(tmp_path / "new.db") as memory:
        transfer.import_lines(memory, lines_of(theirs), "theirs.jsonl")
        for ours in (first, second):
            campaign = campaigns.create(memory, NEW).id
            candidates.propose(memory, campaign, ours, author="grammar")
            assert candidates.get(memory, FIRST, campaign).blueprint == first.blueprint


def test_a_claim_of_ours_stands_whatever_others_claim(tmp_path, theirs):
    with open_memory(tmp_path / "ours.db") as memory:
        former = fill(memory.path)
        ours = campaigns.create(memory, replace(NEW, definition="of today")).id
        (old,) = claims.of_candidate(memory, FIRST)
        claims.add(memory, replace(old, campaign=ours))
        claims.add(memory, replace(old, campaign=former, looks=2))
        transfer.import_lines(memory, lines_of(theirs), "theirs.jsonl")
        found = claims.judged(memory, claims.of_candidate(memory, FIRST))
        earlier = "holds then, by an earlier definition of the domain"
        elsewhere = "holds, measured elsewhere (theirs.jsonl)"
        assert [j.verdict for j in found] == [earlier, "holds", earlier, elsewhere]


def test_replies_of_their_models_are_not_taken_for_ours(tmp_path, theirs):
    request = {"messages": [HOSTILE]}
    with open_memory(theirs) as memory:
        assert calls.replies(memory, request) == [HOSTILE]
    with open_memory(tmp_path / "new.db") as memory:
        transfer.import_lines(memory, lines_of(theirs), "theirs.jsonl")
        assert calls.replies(memory, request) == []


def test_the_way_that_results_came_is_kept(tmp_path, theirs):
    with open_memory(tmp_path / "second.db") as memory:
        transfer.import_lines(memory, lines_of(theirs), "theirs.jsonl")
        twice = list(transfer.export_lines(memory))
    with open_memory(tmp_path / "third.db") as memory:
        transfer.import_lines(memory, twice, "second.jsonl")
        (brought,) = campaigns.all_campaigns(memory)
        assert brought.origin == "second.jsonl, from theirs.jsonl"
        assert campaigns.definition_there(brought) == ""


@pytest.mark.parametrize("command", ["import", "merge"])
def test_the_terminal_says_where_results_come_from(tmp_path, theirs, command):
    source = theirs
    if command == "import":
        source = tmp_path / "theirs.jsonl"
        source.write_text("\n".join(lines_of(theirs)))
    db = str(tmp_path / "ours.db")
    assert CliRunner().invoke(app, [command, str(source), "--db", db]).exit_code == 0
    for asked, expected in (
        (["list"], "imported"),
        (["show", FIRST], source.name),
        (["best"], source.name),
        (["stats"], source.name),
    ):
        said = CliRunner().invoke(app, [*asked, "--db", db], env={"COLUMNS": "80"})
        assert expected in " ".join(said.stdout.split()), said.output

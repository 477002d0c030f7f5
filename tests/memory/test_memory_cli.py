"""`discover memory`: every command, as text and as JSON, and text that would like to act."""

import csv
import io
import json
import os
import sqlite3
from threading import Thread

import networkx
import pytest
from typer.testing import CliRunner

from discover.cli import memory_views as views
from discover.cli.main import app
from discover.memory import campaigns, candidates, evaluations, open_memory, transfer
from discover.memory.check import check
from discover.space import Evaluation, Status

from .sample import HOSTILE, fill, program, run_of

FIRST = program(1).id
DEEP = "[" * 3000 + "]" * 3000
BASELINE = program(0).id


@pytest.fixture
def db(tmp_path):
    fill(tmp_path / "discover.db")
    return tmp_path / "discover.db"


@pytest.fixture
def call(db, monkeypatch):
    monkeypatch.setenv("DISCOVER_DB", str(db))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def invoke(*arguments):
        return CliRunner().invoke(app, ["memory", *map(str, arguments)])

    return invoke


READING = {
    ("list",): ("toy", "done", "1/1"),
    ("show", FIRST): (FIRST, "decay more slowly", "first beats baseline", "slow decay helps"),
    ("show", "baseline"): (BASELINE, "the reference", "quick"),
    ("best",): (BASELINE[:10], FIRST[:10], "toy at tier quick", "toy at tier standard"),
    ("best", "--tier", "standard", "--domain", "toy"): (FIRST[:10], "0.75"),
    ("lineage", FIRST): (BASELINE[:10], FIRST[:10], "-1", "*", "+1", "recombine"),
    ("compare", FIRST, "baseline"): ("quick", "standard", "difference"),
    ("diff", FIRST): ("-    return 0", "+    return 1"),
    ("diff", "baseline", FIRST): ("-    return 1", "+    return 0"),
    ("search", "slow decay"): ("decay more slowly", "slow decay helps"),
    ("search", "unheard"): ("nothing matches",),
    ("stats",): ("wall 12 s", "8 evaluations", "15 tokens", "$0.25", "1 hold"),
    ("tree",): (BASELINE[:10], f"└─ {FIRST[:10]}"),
    ("tree", "--depth", "1"): ("(+2 below)",),
    ("sql", "SELECT name, value FROM metrics ORDER BY value LIMIT 1"): ("name", "loss"),
    ("sql", "SELECT data FROM curves LIMIT 1"): ("<16 bytes>",),
    ("sql", "SELECT 9e999 AS x"): ("inf",),
    ("check",): ("sound",),
    ("search", "slow decay", "--kind", "knowledge"): ("decay", "gate it"),
    ("search", "return", "--kind", "code"): ("return 1",),
    ("search", "slow decay", "--failed"): ("slow decay helps",),
    ("clusters",): ("what was tried", BASELINE[:10], "best at quick"),
    ("clusters", "--domain", "toy", "--designs", "2"): ("what was tried", "cand."),
}
TABLES = [a for a in READING if a[0] not in ("diff", "check")]


def widest(text):
    """The length of the longest line; a command to copy stays on one, however long its path."""
    return max(len(line) for line in text.splitlines() if " --db " not in line)


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_reading_command_as_text_fits_the_terminal_and_as_json_parses(
    call, arguments, monkeypatch
):
    result = call(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    for word in READING[arguments]:
        assert word in result.stdout
    assert widest(result.stdout) <= 80
    monkeypatch.setenv("COLUMNS", "60")
    assert widest(call(*arguments).stdout) <= 60
    result = call(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    json.loads(result.stdout, parse_constant=pytest.fail)


@pytest.mark.parametrize("arguments", TABLES, ids=" ".join)
def test_every_table_comes_as_csv_too(call, arguments):
    result = call(*arguments, "--csv")
    assert (result.exit_code, result.stderr) == (0, "")
    header, *rows = list(csv.reader(io.StringIO(result.stdout))) or [[]]
    assert all(len(row) == len(header) for row in rows)
    assert rows or "unheard" in arguments
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row)
    assert not set(result.stdout) & set(HARMFUL)


def test_figures_and_ids_keep_their_width_where_words_give_way(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    row = ("0123456789", "words that are many and long", "0.123456", "more words", "9.87")
    views.table(("id", "text", "figure>", "text?", "last>?"), [row], empty="")
    shown = capsys.readouterr().out
    assert "0123456789" in shown and "0.123456" in shown and "words" in shown
    assert "more" not in shown and max(map(len, shown.splitlines())) <= 44


def test_a_deep_tree_stays_readable(call, db):
    with open_memory(db) as memory:
        campaign = campaigns.all_campaigns(memory)[0].id
        parent = FIRST
        for n in range(50, 90):
            child = program(n, parents=(parent,), operator="mutate", idea=f"step {n}")
            candidates.propose(memory, campaign, child, author="test", decision=n)
            parent = child.id
    lines = call("tree", "--depth", "60").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(f"step {n}" in "".join(lines) for n in range(50, 90))


def test_the_whole_graph_goes_to_a_file_that_others_read(call, db, tmp_path):
    with open_memory(db) as memory:
        campaign = campaigns.all_campaigns(memory)[0].id
        child = program(
            91, parents=(FIRST, BASELINE), operator="recombine", idea="hidden \x1b[31m & <b>"
        )
        candidates.propose(memory, campaign, child, author="test", decision=91)
    to = tmp_path / "tree.graphml"
    assert f"wrote {to}: " in call("tree", "--graphml", str(to)).stdout
    graph = networkx.read_graphml(to)
    assert set(graph.predecessors(child.id)) == {FIRST, BASELINE}
    node = graph.nodes[child.id]
    assert (node["operator"], node["author"]) == ("recombine", "test")
    assert node["idea"].startswith("hidden ") and "\x1b" not in node["idea"]
    scored = [
        node for _, node in graph.nodes(data=True) if any(k.startswith("score ") for k in node)
    ]
    assert scored


def test_why_a_run_gave_no_score_can_be_read_whole(call, db):
    reason = " ".join(f"word{n}" for n in range(80)) + " end"
    with open_memory(db) as memory:
        campaign = campaigns.all_campaigns(memory)[0].id
        broken = program(92, name="broken")
        candidates.propose(memory, campaign, broken, author="test")
        for seed in range(2):
            failed = Evaluation(broken.id, "quick", seed, Status.FAILED, reason)
            evaluations.finish(memory, campaign, failed)
        named = evaluations.failed(memory, campaign, 1)
    assert named == [evaluations.Failed(broken.id, "quick", "failed", reason, 2)]
    page = call("show", "broken").stdout
    assert reason in " ".join(page.split()) and widest(page) <= 80
    assert "none: no run gave one" in page and "definition" not in page


def test_json_holds_the_figures_exactly(call):
    shown = json.loads(call("show", FIRST, "--json").stdout)
    assert shown["source"] == program(1).source
    assert shown["proposals"][0]["parents"] == [BASELINE]
    assert [e["score"] for e in shown["evaluations"]][-1] == 0.75
    assert shown["evaluations"][0]["evaluation"]["curves"]["loss"] == [0.5, 0.1]
    family = json.loads(call("lineage", FIRST, "--json").stdout)
    assert [(r["id"], r["distance"]) for r in family][:2] == [(BASELINE, -1), (FIRST, 0)]
    quick = json.loads(call("compare", FIRST, "baseline", "--json").stdout)["tiers"][0]
    assert quick["difference"] == pytest.approx(
        sum(a - b for _, a, b in quick["side"]["pairs"]) / 3
    )
    (tree,) = json.loads(call("tree", "--json").stdout)
    assert tree["children"][0]["id"] == FIRST


def test_source_is_printed_with_its_layout(call):
    assert call("show", FIRST, "--source").stdout == program(1).source + "\n"


HARMFUL = "\x1b\x07\r\u202e\x9b"


def test_the_way_to_the_code_names_the_memory_that_was_asked(call, db, tmp_path, monkeypatch):
    assert f"--source {FIRST[:10]} --db {db}" in call("show", FIRST).stdout
    monkeypatch.delenv("DISCOVER_DB")
    monkeypatch.chdir(tmp_path)
    assert "--db" not in call("show", FIRST).stdout


@pytest.mark.parametrize("command", ["show", "lineage", "diff", "show --source"])
def test_text_from_candidates_does_not_act_on_the_terminal(call, db, command):
    (bad,) = sqlite3.connect(db).execute("SELECT id FROM candidates WHERE number = 3").fetchone()
    name, *options = command.split()
    for extra in ([], ["--json"]):
        result = call(name, bad, *options, *extra)
        assert result.exit_code == 0
        assert not set(result.stdout) & set(HARMFUL)
    assert "[red]" in call(name, bad, *options).stdout


@pytest.mark.parametrize(
    "command",
    [
        ("list",),
        ("best",),
        ("tree",),
        ("search", "red"),
        ("stats",),
        ("sql", "SELECT name, idea, author, operator FROM candidates, proposals"),
        ("sql", f"SELECT 1 AS '{HOSTILE}'"),
    ],
    ids=lambda c: c[0],
)
def test_no_command_lets_text_act(call, command):
    for extra in ([], ["--json"]):
        result = call(*command, *extra)
        assert result.exit_code == 0
        assert not set(result.stdout + result.stderr) & set(HARMFUL)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nothere"), "no candidate 'nothere'"),
        (("show", HOSTILE + "x"), "no candidate"),
        (("show", ""), "no candidate ''"),
        (("lineage", "fffffff"), "no candidate 'fffffff'"),
        (("stats", "zz"), "no campaign 'zz'"),
        (("diff", "baseline"), "has no parent"),
        (("best", "--tier", "huge"), "toy at quick, toy at standard"),
        (("sql", "DELETE FROM claims"), "that reads"),
        (("sql", "WITH x AS (SELECT 1) UPDATE claims SET holds = 0"), "that reads"),
        (("sql", "ATTACH 'new.db' AS x"), "that reads"),
        (("sql", "VACUUM INTO 'new.db'"), "that reads"),
        (("sql", "PRAGMA query_only = OFF"), "that reads"),
        (("sql", "CREATE TEMP TABLE x (y)"), "that reads"),
        (("sql", "SELECT nope"), "no such column: nope"),
        (("sql", "SELECT 1; SELECT 2"), "one statement"),
        (("sql", "SELECT \ud800"), "SQL: "),
        (("import", "nowhere.jsonl"), "nowhere.jsonl"),
        (("merge", "nowhere.db"), "no memory at nowhere.db"),
        (("list", "--db", "nowhere.db"), "no memory at nowhere.db"),
        (("list", "--db", "."), ". is a folder"),
    ],
)
def test_a_users_mistake_is_one_line(call, db, arguments, words, monkeypatch):
    monkeypatch.chdir(db.parent)
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.strip().isprintable()
    assert sorted(p.name for p in db.parent.iterdir() if p.suffix == ".db") == ["discover.db"]


def test_sql_says_when_it_shows_not_all_rows(call):
    result = call("sql", "SELECT id FROM evaluations", "--limit", 2)
    assert "only the first 2 rows" in result.stderr
    assert len(json.loads(call("sql", "SELECT id FROM evaluations", "-n", 0, "--json").stdout)) == 8


def test_check_names_the_damage_and_fails(call, db):
    connection = sqlite3.connect(db)
    connection.execute("UPDATE ledger SET amount = 9 WHERE unit = 'device_s'")
    connection.commit()
    result = call("check")
    assert (result.exit_code, "charges differ" in result.stdout) == (5, True)
    found = json.loads(call("check", "--json").stdout)
    assert (found["sound"], len(found["problems"])) == (False, 1)


def test_check_names_campaigns_whose_settings_cannot_be_read(call, db):
    with sqlite3.connect(db) as connection:
        id_ = connection.execute("SELECT id FROM campaigns").fetchone()[0]
        connection.execute("UPDATE campaigns SET config = '{}'")
    result = call("check")
    said = f"campaign {id_}: a campaign's settings have no domain that can be read: None\n"
    assert (result.exit_code, result.stdout) == (5, said)
    assert json.loads(call("check", "--json").stdout)["problems"] == [said.strip()]


@pytest.mark.parametrize("depth", [70, 3000])
def test_a_blueprint_that_nobody_can_read_is_one_line(call, db, depth):
    node = '{"production":"f","params":{},"children":['
    with sqlite3.connect(db) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        deep = node * depth + "]}" * depth
        connection.execute("UPDATE candidates SET blueprint = ? WHERE id = ?", (deep, FIRST))
    result = call("show", FIRST)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert f"candidate {FIRST}: its blueprint cannot be read: " in result.stderr


def test_what_came_with_the_domain_is_no_run_and_no_discovery(call, db, tmp_path):
    before = json.loads(call("stats", "--json").stdout)
    with open_memory(db) as memory:
        (campaign,) = campaigns.all_campaigns(memory)
        for seed in (50, 51):
            evaluations.finish(
                memory, campaign.id, run_of(program(0), seed, 0.5), charged=False,
                purpose=evaluations.Purpose.REFERENCE,
            )  # fmt: skip
    after = json.loads(call("stats", "--json").stdout)
    assert after["campaign"]["runs"] == before["campaign"]["runs"]
    assert (after["campaign"]["shipped"], before["campaign"]["shipped"]) == (2, 0)
    assert after["memory"]["evaluations"] == before["memory"]["evaluations"]
    assert after["memory"]["shipped_results"] == 2
    assert "2 results of references, not run here" in call("stats").stdout
    for id_, said, kind in (
        (BASELINE, "a known design that the domain ships, written out by Discover", "reference"),
        (FIRST, "found by Discover", "candidate"),
    ):
        arguments = ["export", id_, "--to", str(tmp_path / id_), "--db", str(db)]
        assert CliRunner().invoke(app, arguments).exit_code == 0
        (module,), (card,) = ((tmp_path / id_).glob(f"*.{end}") for end in ("py", "md"))
        assert f"toy {kind} {id_}, {said}" in module.read_text()
        assert f"It {'was' if id_ == FIRST else 'is'} {said}" in card.read_text()


def test_a_killed_campaign_is_shown_as_killed(call, db):
    connection = sqlite3.connect(db)
    connection.execute("UPDATE campaigns SET status = 'running', pid = 1, heartbeat = 0")
    connection.commit()
    assert "killed" in call("list").stdout


def test_backup_and_vacuum(call, db, tmp_path):
    assert call("backup", tmp_path / "copy.db").exit_code == 0
    assert "exists" in call("backup", tmp_path / "copy.db").stderr
    assert "does not exist" in call("backup", tmp_path / "no" / "copy.db").stderr
    with open_memory(tmp_path / "copy.db", read_only=True) as memory:
        assert check(memory) == []
    assert call("vacuum").exit_code == 0
    assert call("migrate").stdout == "nothing to migrate\n"


def test_export_and_import_give_the_same_memory(call, db, tmp_path):
    lines, new = tmp_path / "all.jsonl", tmp_path / "new.db"
    assert call("export", lines).exit_code == 0
    assert "exists" in call("export", lines).stderr.lower()
    result = call("import", lines, "--trust", "--db", new)
    assert "1 campaigns, 3 candidates and 8 evaluations" in result.stdout
    with open_memory(db, read_only=True) as old, open_memory(new) as copy:
        assert check(copy) == []
        assert list(transfer.rows_of(copy)) == list(transfer.rows_of(old))
        assert copy.rows("SELECT * FROM standings") == old.rows("SELECT * FROM standings")
    again = json.loads(call("import", lines, "--db", new, "--json").stdout)
    assert again == {"campaigns": 0, "campaigns_known": 1, "candidates": 0, "evaluations": 0}


def test_an_import_may_be_piped_and_what_has_no_end_is_refused(call, tmp_path, monkeypatch):
    lines, pipe, new = tmp_path / "all.jsonl", tmp_path / "pipe", tmp_path / "new.db"
    call("export", lines)
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_text(lines.read_text()))
    writer.start()
    assert "1 campaigns" in call("import", pipe, "--db", new).stdout
    writer.join()
    monkeypatch.setattr(transfer, "LONGEST_LINE", 10_000)
    result = call("import", "/dev/zero", "--db", new)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "line 1 is longer than 10000 characters" in result.stderr


def test_merge_adds_the_other_campaigns_and_counts_shared_candidates_once(call, db, tmp_path):
    other = tmp_path / "other.db"
    fill(other)
    result = json.loads(call("merge", other, "--trust", "--json").stdout)
    assert result == {"campaigns": 1, "campaigns_known": 0, "candidates": 0, "evaluations": 8}
    with open_memory(db) as memory:
        assert check(memory) == []
        assert len(memory.rows("SELECT * FROM candidates")) == 3
        assert memory.rows("SELECT runs FROM standings WHERE tier = 'quick'")[0]["runs"] == 6
    assert json.loads(call("merge", other, "--json").stdout)["campaigns_known"] == 1
    with open_memory(db) as memory:
        assert check(memory) == []
        assert len(memory.rows("SELECT * FROM insights")) == 4


def test_a_campaign_that_runs_elsewhere_arrives_stopped_and_can_be_resumed(call, db, tmp_path):
    connection = sqlite3.connect(db)
    connection.execute("UPDATE campaigns SET status = 'running', heartbeat = 1e12")
    connection.commit()
    call("merge", db, "--trust", "--db", tmp_path / "new.db")
    with open_memory(tmp_path / "new.db") as memory:
        (campaign,) = campaigns.all_campaigns(memory)
        assert (campaign.status, campaign.pid) == ("stopped", None)
        assert len(evaluations.in_flight(memory, campaign.id)) == 1
        campaigns.take_over(memory, campaign.id)


def test_a_memory_is_not_imported_and_what_is_for_it_is_said(call, db, tmp_path):
    result = call("import", db, "--db", tmp_path / "new.db")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert f"{db} is a database and no JSON lines: `discover memory merge`" in result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe with a name")
def test_a_pipe_is_no_memory(call, tmp_path):
    os.mkfifo(tmp_path / "pipe.db")
    result = call("check", "--db", tmp_path / "pipe.db")
    assert (result.exit_code, "pipe.db is no file on a disk" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[1:], "line 1 is not the header"),
        (lambda lines: [], "there is no header"),
        (lambda lines: [*lines, "{"], "is not JSON"),
        (lambda lines: [*lines, "[" * 100_000], "is not JSON"),
        (lambda lines: [*lines, '{"table": "sqlite_schema", "row": {}}'], "not a row of a table"),
        (lambda lines: [*lines, '{"table": ["x"], "row": {}}'], "not a row"),
        (lambda lines: [*lines, '{"table": "claims", "row": {"id": 1}}'], "other columns"),
        (lambda lines: [x.replace('"seed": 7', '"seed": "7"') for x in lines],
         "campaigns.seed is '7': expected int"),
        (lambda lines: [x.replace('"wall_s": 1.0', '"wall_s": NaN') for x in lines], "NaN"),
        (lambda lines: [x for x in lines if '"candidates"' not in x], "does not fit"),
        (lambda lines: [x for x in lines if '"evaluations"' not in x], "which evaluations lacks"),
        (lambda lines: [x.replace("slow decay", "\\ud800") for x in lines], "does not fit"),
        (lambda lines: [x.replace('"seed": 7', f'"seed": {10**30}') for x in lines], "not fit"),
        (lambda lines: [x.replace('{"base64": "', '{"base64": "?') for x in lines], "not a row"),
        (lambda lines: [x.replace("    return 1", "    return 2") for x in lines],
         f"candidate '{FIRST}': its source is the program {program(2).id}"),
        (lambda lines: [x.replace("    return 1", "    return (") for x in lines],
         f"candidate '{FIRST}': its source is not Python: '(' was never closed"),
        (lambda lines: [x.replace('\\"children\\":[]', f'\\"children\\":{DEEP}') for x in lines],
         f"candidate '{FIRST}': its blueprint cannot be read"),
    ],
)  # fmt: skip
def test_lines_that_do_not_fit_are_refused_whole(call, tmp_path, change, words):
    lines, new = tmp_path / "all.jsonl", tmp_path / "new.db"
    call("export", lines)
    lines.write_text("".join(f"{x}\n" for x in change(lines.read_text().splitlines())))
    result = call("import", lines, "--db", new)
    assert (result.exit_code, words in result.stderr) == (2, True), result.output
    assert result.stderr.startswith(f"discover: {lines}: ") and result.stderr.count("\n") == 1
    with open_memory(new) as memory:
        assert sum(len(memory.rows(f"SELECT * FROM {table}")) for table in transfer.TABLES) == 0

"""A user's mistake is one line on stderr and exit code 2; the help is light."""

import os
import sqlite3
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from discover.cli.border import UserError, complain, guard
from discover.cli.lazy import COMMANDS
from discover.cli.main import app
from discover.memory import open_memory
from discover.search.limits.budget import Budget, BudgetError

runner = CliRunner()
SEARCH = ("--budget", "3evals")
MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " SELECT i FROM n"
)


def mistake(*arguments):
    """The one line that `discover` says, without its name."""
    result = runner.invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("discover: "), result.stderr
    return lines[0].removeprefix("discover: ")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISCOVER_DB", raising=False)


def test_unknown_domain_names_what_is_near():
    said = mistake("--domain", "linear-atention", *SEARCH)
    assert "'linear-atention'" in said and "did you mean linear-attention" in said


LONG = "x" * 10**7


def test_an_error_line_keeps_its_beginning_and_its_end_however_long_a_name_in_it_is(capsys):
    complain(f"{LONG}: File name too long")
    said = capsys.readouterr().err
    assert said.startswith("discover: xxx") and said.endswith("x: File name too long\n")
    assert len(said) == 4000 + len("discover: \n")


def test_a_name_of_ten_megabytes_in_a_file_is_cut_and_what_was_expected_stays(tmp_path):
    spec = tmp_path / "table.yaml"
    spec.write_text(
        "name: t\ntable: t.csv\nquery: {column: score}\nencoding: {kind: digits, column: code, "
        f"codes: [a, b], length: 2}}\nlevels: {{node: [{{move: replace}}]}}\n? {LONG}\n: 1\n"
    )
    assert "x…: there is no such field" in mistake("--domain", spec, *SEARCH)
    with pytest.raises(BudgetError, match=r"^cannot read the budget 'x{58}…: expected 30m"):
        Budget.parse(LONG)
    program = tmp_path / "mixer.py"
    program.write_text(f"import {'x' * 60_000}\n")
    found = runner.invoke(
        app, ["evaluate", str(program), "--domain", "linear-attention", "--tier", "smoke"]
    )
    assert "x…; only these may be imported" in found.output and len(found.output) < 1000


def test_a_file_that_is_no_domain_hears_of_both_kinds():
    assert "a .py or .yaml file" in mistake("--domain", "blocks.csv", *SEARCH)


@pytest.mark.parametrize("arguments", [("--help",), ("memory", "sql", MANY), ("domains",)])
def test_a_reader_that_leaves_ends_the_command_quietly(tmp_path, arguments):
    open_memory(tmp_path / "discover.db").close()
    reading, writing = os.pipe()
    os.close(reading)  # before anything is written: the reader is gone for sure
    command = [sys.executable, "-m", "discover.cli.main", *arguments]
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("budget", ["10x", "", "0m", "-3evals", "5evals,6evals", "$"])
def test_unreadable_budget(toy, budget):
    assert "budget" in mistake("--domain", toy, f"--budget={budget}")


def test_budget_that_nothing_would_spend(toy):
    assert "'$20' would never be spent" in mistake("--domain", toy, "--budget", "$20")


def test_unknown_strategy_names_what_is_near(toy):
    said = mistake("--domain", toy, *SEARCH, "--strategy", "trie")
    assert "'trie'; did you mean tree" in said and "? There are" in said and "evolution" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--islands", "0"), "'--islands'"),
        (("--islands", "-1"), "'--islands'"),
        (("--islands", "1000"), "'--islands'"),
        (("--islands", "3", "--strategy", "random"), "random keeps no archive"),
    ],
)
def test_islands_that_no_search_has_are_refused(toy, arguments, says):
    assert says in mistake("--domain", toy, *SEARCH, *arguments)


def test_unknown_tier_names_those_there_are(toy, tmp_path):
    (tmp_path / "point.py").write_text("X = 1\nY = 1\n")
    said = mistake("evaluate", "point.py", "--domain", toy, "--tier", "quik")
    assert "'quik'" in said and "smoke, quick" in said


def test_nobody_asks_for_more_seeds_than_end(toy, tmp_path):
    (tmp_path / "point.py").write_text("X = 2\nY = 1\n")
    judged = ("evaluate", "point.py", "--domain", toy, "--tier", "quick")
    for command in (judged, ("calibrate", "--domain", toy)):
        assert "'--seeds'" in mistake(*command, "--seeds", "10001")


def test_unknown_command_and_option_name_what_is_near(toy):
    assert "'evalute'; did you mean evaluate or" in mistake("evalute")
    assert "--budget" in mistake("--domain", toy, "--bugdet", "3m")


def test_missing_and_impossible_options(toy):
    assert "--budget" in mistake("--domain", toy)
    assert "--slots" in mistake("--domain", toy, *SEARCH, "--slots", "0")
    assert "--min-isolation" in mistake("--domain", toy, *SEARCH, "--min-isolation", "S9")


def test_domain_files_that_are_none(tmp_path):
    assert "nothing.py" in mistake("--domain", "nothing.py", *SEARCH)
    (tmp_path / "broken.py").write_text("x = (\n")
    assert "broken.py line 1" in mistake("--domain", "broken.py", *SEARCH)
    (tmp_path / "empty.py").write_text("")
    assert "must define `domain`" in mistake("--domain", "./empty.py", *SEARCH)
    (tmp_path / "raises.py").write_text("raise KeyError('mine')\n")
    assert "KeyError: 'mine'" in mistake("--domain", "./raises.py", *SEARCH)


def test_databases_that_are_not_ours_or_newer(toy, tmp_path):
    (tmp_path / "text.db").write_text("no database at all, and long enough to tell" * 20)
    assert "is not a SQLite database" in mistake("--domain", toy, *SEARCH, "--db", "text.db")
    with sqlite3.connect(tmp_path / "theirs.db") as connection:
        connection.execute("CREATE TABLE cats (name)")
    assert "not a memory of Discover" in mistake("--domain", toy, *SEARCH, "--db", "theirs.db")
    runner.invoke(app, ["--domain", str(toy), *SEARCH, "--db", "newer.db"])
    with sqlite3.connect(tmp_path / "newer.db") as connection:
        connection.execute("PRAGMA user_version = 999")
    said = mistake("--domain", toy, *SEARCH, "--db", "newer.db")
    assert "made by a newer Discover" in said
    assert "does not exist" in mistake("--domain", toy, *SEARCH, "--db", "no/folder/x.db")


def test_nothing_to_resume_or_to_export(toy):
    assert "there is no memory" in mistake("resume")
    assert "there is no memory" in mistake("export", "abc", "--to", "out")
    runner.invoke(app, ["--domain", str(toy), "--budget", "10evals"])
    assert "no campaign 'fff" in mistake("resume", "fffffffffff0")
    said = mistake("resume")
    assert "waiting to be resumed" in said and "resume last --budget MORE" in said
    assert "no candidate 'nobody'" in mistake("export", "nobody", "--to", "out")


def test_source_files_that_cannot_be_judged(tmp_path):
    judged = ("--domain", "linear-attention", "--tier", "gate")
    assert "none.py: No such file" in mistake("evaluate", "none.py", *judged)
    (tmp_path / "prose.py").write_text("Dear reader,\n")
    assert "prose.py is not Python" in mistake("evaluate", "prose.py", *judged)
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    assert "expected text in UTF-8" in mistake("evaluate", "bytes.py", *judged)


def test_programs_to_start_from_that_cannot_be_read(toy, tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "long.py").write_text("x = 1\n" * 300_000)
    for start, why in (("pipe.py", "expected a file"), ("long.py", "at most 400000 bytes")):
        assert f"{start}: {why}" in mistake("--domain", toy, *SEARCH, "--start", start)
        assert f"{start}: {why}" in mistake("evaluate", start, "--domain", toy, "--tier", "quick")
    assert "none.py: No such file" in mistake("--domain", toy, *SEARCH, "--start", "none.py")


def test_a_program_may_begin_with_a_byte_order_mark(toy, tmp_path):
    (tmp_path / "mine.py").write_text("X = 1\nY = 1\n", encoding="utf-8-sig")
    result = runner.invoke(app, ["--domain", str(toy), "--budget", "10evals", "--start", "mine.py"])
    assert result.exit_code == 0, result.stderr
    arguments = ["evaluate", "mine.py", "--domain", str(toy), "--tier", "quick"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0, result.stderr


def test_a_cache_that_cannot_hold_a_model(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    for base in ("file", "loop"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / base))
        result = runner.invoke(app, ["llm", "local"])
        assert result.exit_code == 2
        assert result.stderr.startswith(f"discover: the model cannot be kept at {tmp_path / base}")
        assert result.stderr.count("\n") == 1


def test_what_has_no_end_or_is_no_program_is_not_read_to_predict_its_score(tmp_path):
    said = "expected a file that holds a "
    assert mistake("value", "predict", "/dev/null") == f"/dev/null: {said}program"
    assert mistake("value", "train", "--from", "/dev/null").endswith(f"{said}memory or a data set")
    huge = tmp_path / "huge.py"
    huge.write_bytes(b"\xff" * 400_001)
    expected = f"{huge}: at most 400000 bytes are read of a program"
    assert mistake("value", "predict", huge) == expected


def test_a_file_without_a_mixer_is_rejected_in_one_line(tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    arguments = ["evaluate", "empty.py", "--domain", "linear-attention", "--tier", "quick"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "no class Mixer" in result.stderr


def test_untrusted_words_cannot_command_the_terminal(capsys):
    complain("before\x1b[2Jafter\nsecond\u202eline")
    assert capsys.readouterr().err == "discover: before\\x1b[2Jafter second\\u202eline\n"


def test_a_defect_of_ours_keeps_its_traceback():
    def defect():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guard(defect)


def test_interruption_and_user_errors_have_their_codes(capsys):
    def raises(error):
        def command():
            raise error

        return command

    assert guard(raises(KeyboardInterrupt())) == 130
    assert guard(raises(UserError("no"))) == 2
    assert guard(lambda: None) == 0
    assert guard(lambda: 3) == 3


LIGHT = """
import sys
from discover.cli.main import main
try:
    main()
except SystemExit as ended:
    assert ended.code in (None, 0), ended.code
heavy = "torch numpy litellm openai langgraph networkx sqlite_utils sqlite3 psutil rich".split()
print("HEAVY", sorted(set(heavy) & set(sys.modules)))
print("OURS", sorted(m for m in sys.modules if m.startswith("discover.")))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments):
    process = subprocess.run(
        [sys.executable, "-c", LIGHT, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert "HEAVY []" in process.stdout.splitlines()
    ours = next(line for line in process.stdout.splitlines() if line.startswith("OURS"))
    assert "discover.search" not in ours and "discover.memory" not in ours


def test_help_names_every_command_and_every_command_has_help():
    listing = runner.invoke(app, ["--help"]).output
    for name, words in COMMANDS.items():
        assert f"{name} " in listing and words in listing
        result = runner.invoke(app, [name, "--help"])
        assert result.exit_code == 0, name
        assert "Usage:" in result.output


def test_the_help_of_the_search_is_in_the_first_help():
    listing = runner.invoke(app, ["--help"]).output
    for option in ("--domain", "--budget", "--db", "--seed", "--slots", "--json", "--target"):
        assert option in listing


REFUSED = {
    "domain": ("--domain", "nix", "--budget", "3evals"),
    "budget": ("--domain", "./toy.py", "--budget", "$20"),
    "key": ("--domain", "./toy.py", "--budget", "3evals", "--model", "openai/any"),
    "program": ("--domain", "./toy.py", "--budget", "3evals", "--start", "broken.py"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_refused_search_leaves_nothing_and_changes_nothing(toy, tmp_path, monkeypatch, why):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / "broken.py").write_text("x = (\n")
    before = set(tmp_path.iterdir())
    mistake(*REFUSED[why], "--db", "new.db", "--record", "new.jsonl")
    assert set(tmp_path.iterdir()) == before
    open_memory("old.db").close()
    (tmp_path / "old.jsonl").write_text("mine\n")
    (tmp_path / "bad.jsonl").write_text("[]\n")
    mistake("memory", "import", "bad.jsonl", "--db", "new.db")
    assert not list(tmp_path.glob("new*"))
    old = (tmp_path / "old.db").read_bytes()
    mistake(*REFUSED[why], "--db", "old.db", "--record", "old.jsonl")
    assert (tmp_path / "old.db").read_bytes() == old
    assert (tmp_path / "old.jsonl").read_text() == "mine\n"


@pytest.mark.parametrize("arguments", [("add",), ("read", "--model", "openai/any")])
def test_of_a_file_of_knowledge_no_more_is_read_than_a_paper_has(tmp_path, arguments):
    (tmp_path / "long.txt").write_text("word " * 800_001)
    said = mistake("knowledge", *arguments, "long.txt")
    assert said == "long.txt: at most 4000000 bytes are read of " + (
        "knowledge" if arguments[0] == "add" else "a paper"
    )

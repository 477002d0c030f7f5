"""A workflow as a person takes it home: code, tools, a command, a README with a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files

from ...space import Candidate
from ..domain import DomainError

TOOLS = files(__package__) / "tools"
COMMAND = files(__package__) / "command.py.txt"


def package(candidate: Candidate, source: str, card: str) -> Mapping[str, str]:
    """The package's files by path. `source` is the candidate's, `card` what is known of it."""
    tools = {
        f"tools/{file.name}": file.read_text("utf-8")
        for file in sorted(TOOLS.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".py")
    }
    return {
        "workflow.py": source,
        "run.py": COMMAND.read_text("utf-8"),
        **tools,
        "requirements.txt": _requirements(source),
        "README.md": "\n".join([*_without_module(card), "", _usage(candidate)]),
    }


def _requirements(source: str) -> str:
    """What the workflow and its command import, at the versions that it was measured with."""
    wanted = [name for name in ("langgraph",) if name in source]
    return "".join(f"{name}=={version(name)}\n" for name in [*wanted, "litellm"])


def _without_module(card: str) -> list[str]:
    """The card's lines but the one that names a module: here it is workflow.py."""
    return [line for line in card.rstrip().splitlines() if not line.startswith("- code: ")]


def _usage(candidate: Candidate) -> str:
    lines = [
        "## Use",
        "",
        "    pip install -r requirements.txt",
        '    python run.py "What is 17 * 23?"',
        '    python run.py --model openai/gpt-4o-mini --documents notes/ "Who wrote it?"',
        "",
        "Only what asks a language model needs `--model`, in the words of litellm. In your own",
        "code: `from workflow import solve`, then `solve(question, call, tools)`.",
        "To measure it again:",
        "`discover evaluate workflow.py --domain agent-workflow --tier quick`, with `--task-model`",
        "where it asks one and `--tasks` where the questions were yours.",
        "",
        "## Figures",
        "",
        "Of the items that a run came to, `wrong`, `unanswered` and `failed` are the shares that",
        "were answered wrongly, left without an answer, and ended by an error or a limit.",
        "`not_reached` is the share of all items that the run ended before, its time being used",
        "up or enough known.",
    ]
    if candidate.blueprint is not None:
        from ...space.workflow import diagram, space

        try:
            space().check(candidate.blueprint)
        except ValueError as error:
            raise DomainError(f"{candidate.id}: its blueprint is no workflow: {error}") from error
        lines += ["", "## Graph", "", "```mermaid", diagram(candidate.blueprint).rstrip(), "```"]
    return "\n".join(lines) + "\n"

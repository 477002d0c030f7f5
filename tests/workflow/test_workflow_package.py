"""What a person takes home: it runs alone, and scores what was stored."""

import subprocess
import sys
from dataclasses import replace

import pytest

from discover.cli.card import Export
from discover.cli.export import _files
from discover.evaluators.domain import DomainError
from discover.evaluators.evaluate import evaluate
from discover.evaluators.workflow.domain import AgentWorkflow
from discover.sandbox import Limits, Sandbox
from discover.space import Candidate, make

from .papers import SumTasks


def test_an_exported_workflow_runs_alone_and_scores_the_same(tmp_path):
    domain = AgentWorkflow(tasks=SumTasks())
    candidate = domain.references["calculator-then-sorter"]
    card = Export("m", f"# a comment\n{candidate.source}", "# A card\n")
    files = _files("agent-workflow", card, candidate)
    assert {"workflow.py", "run.py", "requirements.txt", "README.md"} <= files.keys()
    assert "```mermaid" in files["README.md"]
    assert "# A card" in files["README.md"] and "`not_reached` is" in files["README.md"]
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    command = [sys.executable, "run.py", "What is 6 * 7?"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "42"
    command = [sys.executable, "run.py", "Who wrote it?"]
    silent = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (silent.returncode, silent.stdout) == (1, "")
    assert silent.stderr.strip() == "no node of the workflow has an answer to this question"
    again = Candidate.from_source((tmp_path / "workflow.py").read_text())
    assert again.id == candidate.id
    with Sandbox(preload=AgentWorkflow.preload) as box:
        session = box.session(Limits(wall_s=60, cpu_s=30, threads=8))
        runs = [evaluate(domain, each, "quick", 0, session) for each in (candidate, again)]
    stored, measured = runs[0].metrics, runs[1].metrics["accuracy"]
    assert stored["accuracy"] == measured == 1.0
    assert stored["accuracy_low"] <= measured <= stored["accuracy_high"]


@pytest.mark.parametrize(
    "blueprint",
    [
        make("workflow"),
        make("workflow", make("nothing")),
        make("workflow", make("solve", make("a]];\n```\n<script>"))),
        make("workflow", make("code", make("written", code="def step(:"))),
        make("workflow", make("code", make("nth_number", nth=1, plus=0, **{"x=": 3}))),
    ],
)
def test_a_blueprint_that_is_no_workflow_is_not_drawn_but_one_line(blueprint):
    domain = AgentWorkflow(tasks=SumTasks())
    candidate = replace(domain.references["calculator-then-sorter"], blueprint=blueprint)
    with pytest.raises(DomainError, match="its blueprint is no workflow"):
        domain.package(candidate, candidate.source, "# A card\n")

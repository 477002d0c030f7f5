"""Every block of code in docs/domains.md is run here, in the order of the page."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.evaluators import load_domain
from discover.evaluators.domain import Calibrated
from discover.memory import campaigns, evaluations, open_memory
from discover.memory.evaluations import Purpose

PAGE = (Path(__file__).parents[2] / "docs" / "domains.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [text.strip() for language, text in BLOCKS if language == "sh"]


def block(first_line):
    (found,) = (text for text in PYTHON if text.startswith(f"# {first_line}\n"))
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("curve.py", "sorting.py"):
        (tmp_path / name).write_text(block(f"file: {name}"))
    return tmp_path


def discover(command):
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 0, result.output
    return result.output


def test_no_block_is_forgotten():
    first = [text.splitlines()[0] for text in PYTHON]
    assert first == [
        "# file: curve.py",
        "# in measure: 26 rows of x, y, radius",
        "# file: sorting.py",
        '# in class Sorting, whose measure yields "reach" too: the mean length of its exchanges',
        "# in class Curve",
    ]
    assert [command.split()[0] for command in COMMANDS] == ["discover", "discover"]
    assert len(BLOCKS) == len(PYTHON) + len(COMMANDS)


def test_the_commands_search_the_curve_and_go_on_with_it(folder):
    search, resume = COMMANDS
    assert "Best of the search at tier quick" in discover(search.removeprefix("discover "))
    assert "evaluations" in discover(resume.removeprefix("discover "))
    with open_memory("discover.db") as memory:
        (campaign,) = campaigns.all_campaigns(memory)
        assert campaign.domain == "curve"
        scores = {
            purpose: [s.score for s in runs if s.run.purpose is purpose and s.score is not None]
            for runs in [list(evaluations.of_campaign(memory, campaign.id))]
            for purpose in Purpose
        }
    assert max(scores[Purpose.SEARCH]) > max(scores[Purpose.REFERENCE]), "better than its start"


def test_the_sorting_domain_gates_runs_and_orders_by_fewer_swaps(folder):
    output = discover("--domain sorting.py --budget 50evals --slots 1")
    assert "by swaps (lower is better)" in output
    domain = load_domain("sorting.py")
    (folder / "long.py").write_text(f"{domain.references['shell'].source}# {'x' * 2000}\n")
    arguments = ["evaluate", "long.py", "--domain", "sorting.py", "--tier", "smoke"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "at most 2000" in result.output


def test_who_goes_on_from_quick_is_decided_by_what_it_declares(folder):
    (declares,) = (text for text in PYTHON if text.startswith("# in class Sorting"))
    counts = '        return {"swaps": len(found)}\n'
    reach = "sum(abs(i - j) for i, j in found) / max(len(found), 1)"
    sorting = block("file: sorting.py")
    assert sorting.endswith(counts)
    measures = sorting.replace(counts, counts.replace("}", f', "reach": {reach}}}'))
    (folder / "reaching.py").write_text(measures + declares)
    search = "--domain reaching.py --budget 20evals --slots 1 --db reaching.db"
    assert "Best of the search at tier quick, by swaps" in discover(search)
    (folder / "silent.py").write_text(sorting + declares)
    silent = "--domain silent.py --budget 20evals --slots 1 --db silent.db"
    said = CliRunner().invoke(app, silent.split()).output
    assert "the search ends: no start program got a score" in said
    assert "expected the metric 'reach', by which quick decides; got source_lines, swaps" in said


def test_the_arrays_of_measure_come_as_asked_for():
    asked = {}

    def call(op, *, returns, **arguments):
        asked.update(arguments, **returns)
        return {"value": np.zeros(returns["value"].shape, returns["value"].dtype)}

    namespace = {"worker": SimpleNamespace(call=call)}
    exec(block("in measure: 26 rows of x, y, radius"), namespace)
    assert namespace["circles"].shape == (26, 3) and asked["function"] == "pack"


def test_shipped_results_are_taken_and_noise_is_known(folder):
    (folder / "noisy.py").write_text(block("file: curve.py") + block("in class Curve"))
    domain = load_domain("noisy.py")
    assert isinstance(domain, Calibrated) and domain.noise("quick") == 0.05
    output = discover("--domain noisy.py --budget 9evals --slots 1 --db noisy.db")
    assert "-1.71828" in output
    with open_memory("noisy.db") as memory:
        (campaign,) = campaigns.all_campaigns(memory)
        first = next(iter(evaluations.of_campaign(memory, campaign.id)))
    assert not first.charged and first.score == -1.7182818
    assert "1 results of references, not run here" in discover("memory stats --db noisy.db")

"""Claims are checked again and campaigns replayed from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TOY = str(Path(__file__).parents[1] / "search" / "domains" / "toy.py")


def discover(folder, *arguments):
    command = [sys.executable, "-c", "from discover.cli.main import main; main()", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("searched")
    run = discover(folder, "--domain", TOY, "--budget", "50evals", "--json")
    return folder, json.loads(run.stdout)


def test_a_campaign_replays_and_says_so(searched):
    folder, _ = searched
    shown = discover(folder, "replay")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.endswith("all as recorded\n")
    first, *runs = shown.stderr.splitlines()
    assert first.endswith("decisions are as recorded; now the runs")
    assert f" and {len(runs)} runs made again" in shown.stdout


def test_a_divergence_is_one_line_and_exit_code_5(searched, tmp_path):
    folder, _ = searched
    (tmp_path / "discover.db").write_bytes((folder / "discover.db").read_bytes())
    change = (
        "UPDATE events SET data = json_set(data, '$.candidate', 'elsewhere') WHERE sequence = ("
    )
    change += "SELECT max(sequence) FROM events WHERE kind = 'decided')"
    subprocess.run(
        [sys.executable, "-c", f"import sqlite3; c = sqlite3.connect('discover.db');"
         f"c.execute({change!r}); c.commit()"],
        cwd=tmp_path, check=True,
    )  # fmt: skip
    shown = discover(tmp_path, "replay", "--decisions-only")
    assert shown.returncode == 5
    assert "recorded elsewhere" in shown.stderr and shown.stderr.count("\n") == 1


def test_a_claim_is_checked_on_fresh_seeds(searched):
    folder, summary = searched
    best = summary["comparisons"][0]["candidate_id"]
    shown = discover(folder, "verify", best[:8], "--against", "origin", "--tier", "quick", "--json")
    [claim] = json.loads(shown.stdout)
    assert claim["holds"] and claim["seeds"] == [2000, 2001, 2002]
    assert claim["searched"]["tier"] == "quick" and claim["searched"]["among"] > 1
    shown = discover(folder, "verify", best[:8], "--against", "origin", "--tier", "quick")
    sentence, luck = shown.stdout.splitlines()
    assert sentence.startswith(f"{best} beats origin at tier quick, ahead by ")
    assert "] (95%, corrected for 2 comparisons), 3 paired seeds" in sentence
    assert luck.startswith("  in its search ") and "luck" in luck


def test_without_a_tier_and_a_reference_a_claim_is_checked_as_it_was_made(searched):
    folder, summary = searched
    made = summary["comparisons"][0]
    assert made["tier"] == "standard" != summary["tier"]
    ask = ("verify", made["candidate_id"], "--first-seed", "3000", "--json")
    shown = discover(folder, *ask)
    assert shown.stderr.startswith("comparing with origin at tier standard\n")
    [claim] = json.loads(shown.stdout)
    assert (claim["tier"], claim["reference"]) == ("standard", "origin")
    shown = discover(folder, *ask, "--tier", "quick")
    assert shown.stderr.startswith("comparing with origin at tier quick\n")
    assert json.loads(shown.stdout)[0]["tier"] == "quick"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("verify", "zzzz", "--against", "origin", "--tier", "quick"), "no candidate 'zzzz'"),
        (("replay", "zzzz"), "no campaign"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(searched, arguments, words):
    shown = discover(searched[0], *arguments)
    assert shown.returncode == 2
    assert words in shown.stderr and shown.stderr.count("\n") == 1

"""`discover value` on a memory, and `discover bench value` on a small table."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.memory import campaigns, candidates, evaluations, open_memory, predictions
from discover.memory.campaigns import NewCampaign
from discover.memory.predictions import StoredPrediction
from discover.space import Candidate, Evaluation, Status
from discover.value_model import Sample
from discover.value_model.dataset import Dataset

from .conftest import TOY

SOURCE = "x = [{}]\n"


def discover(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "discover.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory in which longer lists have lower losses, as was predicted."""
    path = tmp_path_factory.mktemp("value")
    with open_memory(path / "discover.db") as memory:
        new = NewCampaign("made-up", "made-up", "loss", "min", 0, "30evals", {})
        campaign = campaigns.create(memory, new)
        for i in range(20):
            candidate = Candidate.from_source(SOURCE.format("1, " * (i + 1)))
            candidates.propose(memory, campaign.id, candidate, author="test")
            guess = StoredPrediction(
                campaign.id, candidate.id, "quick", "value model", 100.0 - i, 3.0
            )
            predictions.add(memory, guess)
            ended = Evaluation(candidate.id, "quick", 0, Status.OK, metrics={"loss": 101.0 - i})
            evaluations.finish(memory, campaign.id, ended)
    return path


def test_train_writes_a_data_set_that_predict_learns_from(folder: Path) -> None:
    trained = discover("value", "train", "--out", "set.gz", "--json", cwd=folder)
    summary = json.loads(trained.stdout)
    assert (summary["domain"], summary["tier"], summary["results"]) == ("made-up", "quick", 20)
    assert summary["tau"] > 0.7
    said = discover("value", "train", cwd=folder).stdout
    tau, covered, error = (summary[name] for name in ("tau", "coverage", "calibration"))
    assert f"from 20 results: held-back Kendall tau {tau:.2f}, {covered:.0%} within" in said
    assert f"within 90 % intervals, calibration error {error:.2f}\n" in said
    (folder / "short.py").write_text(SOURCE.format("1, "))
    (folder / "long.py").write_bytes(b"x = [" + b"1, " * 18 + b"]  # \xff\n")
    asked = discover(
        "value", "predict", "short.py", "long.py", "--from", "set.gz", "--json", cwd=folder
    )
    short, long = json.loads(asked.stdout)["predictions"]
    assert long["mean"] > short["mean"] + 5 and -110 < short["mean"] < -75


def test_a_domain_s_file_stands_for_its_name(tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text(TOY.read_text())
    (tmp_path / "one.py").write_text("X = 1\nY = 2\n")
    searched = discover("--domain", "fit.py", "--budget", "12evals", cwd=tmp_path)
    assert searched.returncode == 0, searched.stderr
    of = ("--domain", "fit.py", "--tier", "quick")
    asked = discover("value", "predict", "one.py", *of, cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.startswith("toy at ") and asked.stdout.endswith("one.py\n")


def test_a_dear_tier_is_predicted_with_the_help_of_a_cheap_one(tmp_path: Path) -> None:
    with open_memory(tmp_path / "discover.db") as memory:
        new = NewCampaign("made-up", "made-up", "loss", "min", 0, "30evals", {})
        campaign = campaigns.create(memory, new)
        for i in range(20):
            candidate = Candidate.from_source(SOURCE.format("1, " * (i + 1)))
            candidates.propose(memory, campaign.id, candidate, author="test")
            losses = {"quick": 101.0 - i} | ({"dear": 11.0 - i / 10} if i > 15 else {})
            for tier, loss in losses.items():
                ended = Evaluation(candidate.id, tier, 0, Status.OK, metrics={"loss": loss})
                evaluations.finish(memory, campaign.id, ended)
    (tmp_path / "short.py").write_text(SOURCE.format("1, "))
    (tmp_path / "long.py").write_text(SOURCE.format("1, " * 21))
    asked = discover(
        "value", "predict", "short.py", "long.py", "--tier", "dear", "--json", cwd=tmp_path
    )
    answer = json.loads(asked.stdout)
    assert (answer["tier"], answer["base"], answer["results"]) == ("dear", "quick", 4)
    short, long = (found["mean"] for found in answer["predictions"])
    assert short == pytest.approx(-11, abs=0.7) and long == pytest.approx(-9, abs=0.5)


def test_a_data_set_has_the_trend_of_each_candidate_s_ancestors(tmp_path: Path) -> None:
    """Losses of 9, 7 and 4 along a line: scores gain 2, then 3."""
    with open_memory(tmp_path / "discover.db") as memory:
        new = NewCampaign("made-up", "made-up", "loss", "min", 0, "30evals", {})
        campaign = campaigns.create(memory, new)
        parents: tuple[str, ...] = ()
        for i, loss in enumerate((9.0, 7.0, 4.0, 3.0)):
            candidate = replace(Candidate.from_source(f"x = {i}\n"), parents=parents)
            candidates.propose(memory, campaign.id, candidate, author="test")
            ended = Evaluation(candidate.id, "quick", 0, Status.OK, metrics={"loss": loss})
            evaluations.finish(memory, campaign.id, ended)
            parents = (candidate.id,)
    assert discover("value", "train", "--out", "set.gz", cwd=tmp_path).returncode == 0
    found = Dataset.load(tmp_path / "set.gz").samples
    assert [s.parent_score for s in found] == [None, -9.0, -7.0, -4.0]
    assert [s.trend for s in found] == [None, None, 2.0, 2.5]


def test_what_results_to_learn_from_is_asked_where_there_are_several(tmp_path: Path) -> None:
    with open_memory(tmp_path / "discover.db") as memory:
        for domain in ("one", "two"):
            new = NewCampaign(domain, domain, "loss", "min", 0, "30evals", {})
            campaign = campaigns.create(memory, new)
            candidate = Candidate.from_source(SOURCE.format("1, "))
            candidates.propose(memory, campaign.id, candidate, author="test")
            for tier in ("smoke", "quick")[: 1 + (domain == "two")]:
                ended = Evaluation(candidate.id, tier, 0, Status.OK, metrics={"loss": 1.0})
                evaluations.finish(memory, campaign.id, ended)
    asked = discover("value", "train", cwd=tmp_path)
    there = "--domain: expected one of those that discover.db has results of: two (2), one (1)"
    assert (asked.returncode, asked.stderr.strip()) == (2, f"discover: {there}")
    asked = discover("value", "train", "--domain", "two", cwd=tmp_path)
    assert "--tier: expected one of" in asked.stderr and "smoke (1)" in asked.stderr
    assert discover("value", "train", "--domain", "one", cwd=tmp_path).returncode == 0


def test_report_compares_predictions_with_what_came(folder: Path) -> None:
    (row,) = json.loads(discover("value", "report", "--json", cwd=folder).stdout)
    assert (row["measured"], row["tau"], row["coverage"]) == (20, 1.0, 1.0)
    assert "Kendall tau 1.00" in discover("value", "report", cwd=folder).stdout


def test_report_reads_the_predictions_of_a_campaign_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("plotly")
    read: list[str] = []
    judged = predictions.judged
    monkeypatch.setattr(
        predictions, "judged", lambda memory, id_: read.append(id_) or judged(memory, id_)
    )
    asked = ["value", "report", "--db", str(folder / "discover.db"), "--json"]
    ended = CliRunner().invoke(app, [*asked, "--plot", str(tmp_path / "plot.html")])
    (row,) = json.loads(ended.stdout)
    assert read == [row["campaign"]] and (tmp_path / "plot.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["predict", "none.py"], "none.py"),
        (["train", "--tier", "dear"], "has results of quick"),
        (["train", "--from", "none.db"], "none.db"),
        (["train", "--from", "text.txt"], "text.txt"),
        (["train", "--from", "text.gz"], "text.gz line 1"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, arguments: list[str], words: str) -> None:
    (folder / "text.txt").write_text("no memory\n" * 200)
    (folder / "text.gz").write_bytes(gzip.compress(b"no data set\n"))
    ended = discover("value", *arguments, cwd=folder)
    assert ended.returncode == 2 and words in ended.stderr
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("discover: ")


def test_bench_value_measures_a_table(folder: Path) -> None:
    rows = [f"{a}{b}{c}" for a in "0123" for b in "0123" for c in "0123"]
    lines = ["code,score,kin", *(f"{r},{sum(map(int, r))},{''.join(sorted(r))}" for r in rows)]
    (folder / "small.csv").write_text("\n".join(lines) + "\n")
    (folder / "small.yaml").write_text(
        "name: small\ntable: small.csv\nencoding: {kind: digits, column: code, length: 3}\n"
        "query: {column: score}\n"
    )
    ended = discover(
        "bench", "value", "--table", "small.yaml", "--sizes", "20", "--seeds", 2,
        "--groups", "kin", "--baselines", "ridge,nearest", "--json", cwd=folder,
    )  # fmt: skip
    trials = json.loads(ended.stdout)
    assert {t["split"] for t in trials} == {"random", "groups"}
    assert all(t["tau"] > 0.4 for t in trials if t["method"] == "value")
    wrong = discover("bench", "value", "--baselines", "forest", cwd=folder)
    assert wrong.returncode == 2 and "no 'forest'" in wrong.stderr
    for impossible in (("--sizes", "50"), ("--splits", "groups", "--groups", "kith")):
        none = discover(
            "bench", "value", "--table", "small.yaml", *impossible, "--out", "t.jsonl", cwd=folder
        )
        assert (none.returncode, none.stdout) == (2, "")
        (line,) = none.stderr.strip().splitlines()
        assert line.startswith("discover: no trial is possible: expected tables with as many rows")
        assert " ".join(impossible[-2:]) in line
        assert not (folder / "t.jsonl").exists()


def test_names_of_others_and_scores_beyond_all_bounds_do_no_harm(tmp_path: Path) -> None:
    """Escapes of a terminal in a tier's name; two runs whose median no longer is a number."""
    evil = "quick\x1b]0;pwned\x07"
    one = Sample(Candidate.from_source("x = 1\n"), "made-up", evil)
    others = [Sample(Candidate.from_source(f"x = {i}\n"), "made-up", evil) for i in range(2, 14)]
    dear = [replace(sample, tier="dear") for sample in others[:4]]
    scores = (1.0, *map(float, range(12)), *map(float, range(4)))
    Dataset((one, *others, *dear), scores).save(tmp_path / "evil.gz")
    told = discover("value", "train", "--from", "evil.gz", "--tier", "dear", cwd=tmp_path)
    assert told.returncode == 0 and "on top of those at quick" in told.stdout
    assert "\x1b" not in told.stdout and "\x07" not in told.stdout
    Dataset((one, one), (1.7e308, 1.7e308)).save(tmp_path / "huge.gz")
    refused = discover("value", "train", "--from", "huge.gz", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == "discover: huge.gz: a score is not finite; leave failed runs out\n"

"""Whole campaigns through the command, in real processes: ended, interrupted, killed."""

import json
import os
import re
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from discover.cli.main import app
from discover.evaluators import Objective, load_domain

from .conftest import TOY, start

CIRCLES = Path(__file__).parents[2] / "examples" / "circle_packing.py"
CANDIDATES = "SELECT candidate FROM evaluations WHERE purpose = 'search' AND score IS NOT NULL"
runner = CliRunner()


def ended(*arguments, cwd, **environment):
    """stdout, stderr and exit code of a real `discover`."""
    process = start(*arguments, cwd=cwd, **environment)
    out, err = process.communicate(timeout=120)
    return out, err, process.returncode


def rows(database, sql):
    with sqlite3.connect(database) as connection:
        return connection.execute(sql).fetchall()


def wait_for_evaluations(process, database, number):
    """Until the campaign has stored this many runs; fails where it ends before, or hangs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"ended with {process.returncode}: {process.communicate()}")
        try:
            if rows(database, "SELECT count(*) FROM evaluations")[0][0] >= number:
                return
        except sqlite3.OperationalError:
            pass  # no file or no table yet
        time.sleep(0.02)
    pytest.fail(f"not {number} evaluations in a minute")


def test_the_shipped_example_is_searched_and_its_programs_are_exported(tmp_path):
    out, err, code = ended("--domain", CIRCLES, "--budget", "6evals", cwd=tmp_path)
    assert err == ""
    assert "reference grid quick ok: 2.143" in out
    assert "is done: the search's share of the budget is spent (evaluations)." in out
    scored = rows(tmp_path / "discover.db", CANDIDATES)
    assert code == (0 if scored else 6), "random edits of six lines seldom pack circles"
    _, err, code = ended("export", "grid", "--to", "mine", cwd=tmp_path)
    assert (err, code) == ("", 0)
    module = next((tmp_path / "mine").glob("circle_packing_*.py")).read_text()
    assert module.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    namespace = {}
    exec(module, namespace)
    assert len(namespace["pack"](26)) == 26


def test_a_campaign_ends_with_its_claims_and_the_code_behind_them(toy, tmp_path):
    out, err, code = ended("--domain", toy, "--budget", "60evals", cwd=tmp_path)
    assert (err, code) == ("", 0), out
    claims = rows(tmp_path / "discover.db", "SELECT candidate, statement FROM claims WHERE holds")
    assert claims, "anything near (7, 3) beats the origin"
    assert "Claims, on paired fresh seeds:" in out
    assert all(f"  {statement}" in out for _, statement in claims)
    export = next(line for line in out.splitlines() if line.startswith("Take the code"))
    arguments = export.split("discover ")[1].split()
    assert arguments[1] in [candidate for candidate, _ in claims]
    _, err, code = ended(*arguments, cwd=tmp_path)
    assert (err, code) == ("", 0)
    card = (tmp_path / arguments[1] / f"toy_{arguments[1]}.md").read_text()
    assert "beats origin at tier " in card and "(holds; seeds 1000, " in card
    assert "| quick | nearness |" in card and "## Lineage" in card
    assert re.search(
        r"- nearness [-.0-9]+ at .*higher is better.*the best reference there is origin", card
    )
    sections = re.findall("^## (.*)$", card, re.MULTILINE)
    assert sections == ["Score", "Claims", "Measured", "Lineage", "Licence"]
    _, err, code = ended(*arguments, cwd=tmp_path)
    assert code == 2 and "--force" in err
    _, err, code = ended(*arguments, "--force", cwd=tmp_path)
    assert (err, code) == ("", 0)


def test_with_json_stdout_is_one_document(toy, tmp_path):
    out, err, code = ended("--domain", toy, "--budget", "40evals", "--json", cwd=tmp_path)
    assert code == 0
    summary = json.loads(out)
    assert summary["domain"] == "toy" and summary["status"] == "done"
    assert summary["spent"]["evaluations"] <= 40
    stored = rows(tmp_path / "discover.db", "SELECT tier, status FROM evaluations WHERE charged")
    assert summary["spent"]["evaluations"] == sum(tier != "gate" for tier, _ in stored)
    assert "leads with" in err


def test_one_slot_and_the_same_seed_search_the_same(toy, tmp_path):
    searches = []
    for name in ("a.db", "b.db"):
        arguments = ("--domain", toy, "--budget", "15evals", "--slots", 1, "--seed", 4)
        _, _, code = ended(*arguments, "--db", name, cwd=tmp_path)
        assert code == 0
        searches.append(rows(tmp_path / name, "SELECT candidate FROM proposals ORDER BY id"))
    assert searches[0] == searches[1] and len(searches[0]) > 3


def test_ctrl_c_stops_in_good_order_and_says_how_to_resume(toy, tmp_path):
    process = start("--domain", toy, "--budget", "1h", cwd=tmp_path, TOY_SLOW_S="0.1")
    wait_for_evaluations(process, tmp_path / "discover.db", 5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    campaign = rows(tmp_path / "discover.db", "SELECT id, status FROM campaigns")
    assert process.returncode == 130, err
    assert "stopping after what is running" in out
    assert f"discover resume {campaign[0][0]} --db discover.db" in out
    assert campaign[0][1] == "stopped"
    assert rows(tmp_path / "discover.db", "SELECT * FROM in_flight") == []
    before = rows(tmp_path / "discover.db", "SELECT * FROM evaluations ORDER BY id")
    out, err, code = ended("resume", "--patience", 3, cwd=tmp_path)
    assert code == 0, err
    after = rows(tmp_path / "discover.db", "SELECT * FROM evaluations ORDER BY id")
    assert after[: len(before)] == before and len(after) > len(before)


def test_a_second_ctrl_c_stops_at_once_and_loses_nothing(toy, tmp_path):
    process = start("--domain", toy, "--budget", "1h", cwd=tmp_path, TOY_SLOW_S="3")
    wait_for_evaluations(process, tmp_path / "discover.db", 1)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    id_, status = rows(tmp_path / "discover.db", "SELECT id, status FROM campaigns")[0]
    go_on = f"`discover resume {id_} --db discover.db` goes on from what is stored"
    assert err.splitlines() == [f"discover: stopped at once; {go_on}"]
    assert status == "stopped"


def test_a_killed_campaign_is_resumed_without_loss_or_double_count(toy, tmp_path):
    database = tmp_path / "discover.db"
    budget = ("--budget", "24evals")
    process = start("--domain", toy, *budget, cwd=tmp_path, TOY_SLOW_S="0.1")
    wait_for_evaluations(process, database, 6)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = rows(database, "SELECT candidate, tier, seed, purpose, score FROM evaluations")
    assert rows(database, "SELECT status FROM campaigns") == [("running",)]
    out, err, code = ended("resume", "--json", cwd=tmp_path)
    assert code == 0, err
    after = rows(database, "SELECT candidate, tier, seed, purpose, score FROM evaluations")
    assert set(before) <= set(after)
    assert len({row[:4] for row in after}) == len(after)
    summary = json.loads(out)
    assert summary["status"] == "done"
    assert summary["spent"]["evaluations"] == sum(row[1] != "gate" for row in after) <= 24
    assert rows(database, "SELECT * FROM in_flight") == []


def test_a_finished_campaign_can_be_given_more_twice(toy, tmp_path):
    ended("--domain", toy, "--budget", "10evals", cwd=tmp_path)
    spent = []
    for _ in range(2):
        arguments = ("resume", "last", "--budget", "10evals", "--json")
        out, err, code = ended(*arguments, cwd=tmp_path)
        assert code == 0, err
        spent.append(json.loads(out)["spent"]["evaluations"])
    assert 10 < spent[0] <= 20 < spent[1] <= 30


def test_more_budget_that_begins_nothing_is_said_to_be_too_little(toy, tmp_path):
    _, err, code = ended("--domain", toy, "--budget", "12evals", cwd=tmp_path)
    assert code == 0, err
    _, err, code = ended("resume", "last", "--budget", "0.001s", cwd=tmp_path)
    assert code == 3, err


def test_stop_conditions_of_the_user_stop(toy, tmp_path):
    common = ("--domain", toy, "--budget", "200evals", "--fresh", "--json")
    out, _, _ = ended(*common, "--target", "-5", cwd=tmp_path)
    assert "target score -5 is reached" in json.loads(out)["reason"]
    (tmp_path / "stop").touch()
    out, err, code = ended(*common, "--stop-file", "stop", cwd=tmp_path)
    assert (out, code) == ("", 2)
    assert "--stop-file stop is there already" in err


def test_evaluate_judges_a_file_over_seeds(toy, tmp_path):
    (tmp_path / "point.py").write_text("X = 7\nY = 4\n")
    arguments = ["evaluate", tmp_path / "point.py", "--domain", toy, "--tier", "quick"]
    result = runner.invoke(app, [*map(str, arguments), "--seeds", "3", "--json"])
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.stdout)
    assert verdict["status"] == "ok" and verdict["seeds"] == [0, 1, 2]
    nearness = verdict["metrics"]["nearness"]
    assert nearness["values"] == [-1.0, -0.99, -0.98]
    assert (nearness["median"], nearness["low"], nearness["high"]) == (-0.99, -1.0, -0.98)
    assert verdict["cost"].keys() == {"wall_s", "cpu_s"}
    assert verdict["isolation"] in ("S1", "S2", "S3")


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [("X = 2\nY = 4\n", "rejected", "even: X is 2"), ("X = 7\nY = -1\n", "failed", "line 2: Y is")],
)
def test_evaluate_gives_no_score_to_what_breaks(toy, tmp_path, source, status, reason):
    (tmp_path / "point.py").write_text(source)
    arguments = ["evaluate", tmp_path / "point.py", "--domain", toy, "--tier", "quick", "--json"]
    result = runner.invoke(app, [str(a) for a in arguments])
    assert result.exit_code == 2
    verdict = json.loads(result.stdout)
    assert verdict["status"] == status and reason in verdict["reason"]
    assert verdict["metrics"] == {}
    assert reason in result.stderr and len(result.stderr.splitlines()) == 1


def test_domains_shows_by_what_a_tier_decides(monkeypatch):
    toy = type(load_domain(str(TOY)))()
    smoke, quick, standard = toy.tiers
    toy.tiers = (smoke, replace(quick, decides=Objective("loss", "min")), standard)
    monkeypatch.setattr("discover.evaluators.registry.domain_names", lambda: ["toy"])
    monkeypatch.setattr("discover.evaluators.registry.load_domain", lambda name: toy)
    shown = runner.invoke(app, ["domains"]).stdout
    assert "  tiers       smoke, quick (decides by loss, min), standard\n" in shown
    (row,) = json.loads(runner.invoke(app, ["domains", "--json"]).stdout)
    assert row["tiers"] == ["smoke", "quick", "standard"]
    assert row["decides"] == {"quick": {"metric": "loss", "direction": "min"}}


def test_domains_and_doctor_say_what_there_is():
    domains = json.loads(runner.invoke(app, ["domains", "--json"]).stdout)
    attention = next(row for row in domains if row["name"] == "linear-attention")
    assert "gated-deltanet" in attention["references"] and "quick" in attention["tiers"]
    findings = json.loads(runner.invoke(app, ["doctor", "--json"]).stdout)
    assert findings["cores"] >= 1 and findings["isolation"]
    shown = runner.invoke(app, ["doctor"]).stdout
    for tried, outcome in (*findings["layers"].items(), *findings["attacks"].items()):
        assert f"{tried}: {outcome}" in shown
    assert len(findings["attacks"]) == 12

"""SIGKILL of the whole process group at any moment: nothing lost, nothing counted twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

from discover.memory import evaluations, ledger, open_memory
from discover.memory.campaigns import all_campaigns
from discover.memory.evaluations import Purpose
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")
KILLS = 6

DRIVER = """
import sys
from discover.memory import open_memory
from discover.memory.campaigns import all_campaigns
from discover.search.limits.budget import Budget
from discover.search.setup.settings import Settings
from discover.search.lifecycle.start import resume_campaign, run_campaign

with open_memory(sys.argv[1]) as memory:
    if all_campaigns(memory):
        resume_campaign(memory)
    else:
        budget, slots = Budget.parse("60evals"), int(sys.argv[3])
        run_campaign(Settings(sys.argv[2], budget, slots=slots, value_model=False), memory)
"""


def run_and_kill(database, after_s, slots):
    """Start or resume the campaign in its own process group, and kill that group a while
    after the first result that it adds."""
    had = count(database)
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(database), TOY, str(slots)],
        start_new_session=True,
        env=os.environ | {"TOY_SLOW_S": "0.2"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while count(database) == had and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def count(database):
    """How many results the memory holds; 0 where there is none yet."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT count(*) FROM evaluations").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def stored(database):
    with open_memory(database) as memory:
        campaign = all_campaigns(memory)[0].id
        rows = list(evaluations.of_campaign(memory, campaign))
        return campaign, rows, ledger.spent(memory, campaign)


def test_a_killed_campaign_loses_nothing_and_counts_nothing_twice(tmp_path):
    database, rng, before = tmp_path / "killed.db", Random(0), []
    for _ in range(KILLS):
        run_and_kill(database, rng.uniform(0.0, 0.7), slots=2)
        _, rows, spent = stored(database)
        keys = [row.run.key for row in rows]
        assert len(set(keys)) == len(keys)
        assert set(before) <= set(keys)
        assert spent.get("evaluations", 0) == sum(
            row.run.tier != "gate" for row in rows if row.charged
        )
        before = keys
    assert 0 < len(before) < 60, "every kill fell within the campaign"
    with open_memory(database) as memory:
        summary = resume_campaign(memory)
    assert 40 <= summary.spent["evaluations"] <= 60
    assert summary.comparisons


def test_one_slot_killed_and_resumed_tries_what_an_undisturbed_run_tries(tmp_path):
    database = tmp_path / "killed.db"
    run_and_kill(database, 0.5, slots=1)
    with open_memory(database) as memory:
        resume_campaign(memory)
    _, rows, _ = stored(database)
    with open_memory(tmp_path / "whole.db") as memory:
        run_campaign(Settings(TOY, Budget.parse("60evals"), slots=1, value_model=False), memory)
    _, whole, _ = stored(tmp_path / "whole.db")
    searched = [
        [(row.run.candidate, row.run.tier, row.score) for row in each]
        for each in (
            [r for r in rows if r.run.purpose is Purpose.SEARCH],
            [r for r in whole if r.run.purpose is Purpose.SEARCH],
        )
    ]
    assert searched[0] == searched[1]

"""The hostile corpus: nothing gets out, and the honest candidate next door never notices."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from discover.sandbox import ArraySpec, Limits
from discover.sandbox.session import SandboxSession
from discover.sandbox.zygote import ZygoteLauncher

sys.path.insert(0, str(Path(__file__).parent))
from corpus import CASES, FUNCTIONS, PLANS, run_case, world

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")

HONEST = """
import torch
from torch import nn

def train():
    model = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for step in range(20):
        x = torch.randn(32, 16)
        loss = (model(x).squeeze(-1) - x.sum(-1).sin()).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.cat([p.flatten() for p in model.parameters()])
"""
WEIGHTS = {"value": ArraySpec("float32", (16 * 32 + 32 + 32 + 1,))}


@pytest.fixture(scope="module")
def launcher():
    opened = ZygoteLauncher(PLANS["S3"], preload=["torch"])
    yield opened
    opened.close()


def train(launcher):
    session = SandboxSession(launcher, Limits(), "S3")
    with session.open(FUNCTIONS, HONEST) as worker:
        return worker.call("call", function="train", returns=WEIGHTS)["value"].tobytes()


@pytest.fixture(scope="module")
def alone(launcher):
    weights = train(launcher)
    assert len(set(np.frombuffer(weights, np.float32))) > 100
    return weights


@pytest.mark.parametrize("family", sorted({case.family for case in CASES}))
def test_a_family_of_attacks_at_s3(family, launcher, alone):
    outcomes = {}

    def attack():
        with world() as around:
            for case in CASES:
                if case.family == family:
                    outcomes[case] = run_case(case, launcher, "S3", around)

    before = set(psutil.Process().children(recursive=True))
    attacker = threading.Thread(target=attack)
    attacker.start()
    honest = [train(launcher)]
    while attacker.is_alive():
        time.sleep(0.2)
        honest.append(train(launcher))
    attacker.join()
    assert len(outcomes) == sum(case.family == family for case in CASES)
    wrong = {case.name: got for case, got in outcomes.items() if got.status not in case.expected}
    assert wrong == {}
    assert set(honest) == {alone}
    assert set(psutil.Process().children(recursive=True)) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="would run as the tester's own user")
def test_where_forking_is_not_denied_nothing_outlives_its_child():
    """At S1, the level of machines without Landlock or seccomp."""
    weak = ZygoteLauncher(PLANS["S1"])
    names = {"fork_a_daemon", "run_a_shell", "spawn"}
    try:
        with world() as around:
            outcomes = {c.name: run_case(c, weak, "S1", around) for c in CASES if c.name in names}
        left = [p for p in psutil.Process().children(recursive=True) if p.uids().real == 65534]
    finally:
        weak.close()
    assert outcomes["fork_a_daemon"].detail == "a daemon"
    assert left == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
@pytest.mark.parametrize("level", ["S3", "S2"])
def test_an_ordinary_user_has_the_same_walls(level):
    here = Path(__file__).parent
    command = [sys.executable, here / "ordinary_user.py", "1000", here / "corpus.py", level]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    rows = [line.split(" | ") for line in done.stdout.splitlines()[2:]]
    assert len(rows) == len(CASES), done.stderr
    for case, (_, name, status) in zip(CASES, rows, strict=True):
        assert name == case.name.replace("_", " ")
        assert status.removesuffix(" |") in case.expected, done.stderr

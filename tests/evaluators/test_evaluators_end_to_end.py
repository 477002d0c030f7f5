"""A reference through gates, training, answering and audit, in the real sandbox."""

import pytest

from discover.evaluators import evaluate_source
from discover.evaluators.linear_attention import tiers
from discover.evaluators.linear_attention.calibration import Calibration
from discover.evaluators.linear_attention.tiers import Exam
from discover.evaluators.registry import load_domain
from discover.sandbox import LocalExecutor

from .mixers import CHEATS
from .test_evaluators_exam import CUNNING

domain = load_domain("linear-attention")


@pytest.fixture(scope="module")
def executor():
    executor = LocalExecutor(slots=1, preload=domain.preload)
    yield executor
    executor.close()


@pytest.fixture
def tiny(monkeypatch):
    exams = tuple(Exam(exam.task, 4) for exam in tiers.EXAMS["quick"])
    monkeypatch.setitem(tiers.EXAMS, "quick", exams)
    runs = {
        name: {"0": {"metrics": {f"{e.name}_loss": loss for e in exams}}}
        for name, loss in (("identity", 6.0), ("best", 1.0))
    }
    monkeypatch.setattr(domain, "_calibration", Calibration({"quick": runs}))


def test_reference_is_gated_trained_scored_and_audited(tiny, executor):
    source = domain.references["retnet"].source
    found = evaluate_source("linear-attention", source, "quick", [0, 1], executor, name="retnet")
    assert found["status"] == "ok", found["reason"]
    assert found["id"] == domain.references["retnet"].id
    score = found["metrics"]["score"]
    assert len(score["values"]) == 2 and 0 < score["median"] < 1.1
    assert found["gate"]["parameters"] > 0
    assert found["cost"]["cpu_s"] > 0
    assert found["isolation"] in ("S1", "S2", "S3")
    assert [run["status"] for run in found["runs"]] == ["ok", "ok"]


def test_leak_is_rejected_by_the_audit(tiny, executor):
    found = evaluate_source("linear-attention", CUNNING, "quick", [0], executor)
    assert found["status"] == "rejected"
    assert "future leak in audit" in found["reason"]


def test_cheat_is_rejected_by_the_gates(executor):
    _, source = CHEATS["looks ahead only beyond 256 positions"]
    found = evaluate_source("linear-attention", source, "quick", [0], executor)
    assert (found["status"], found["runs"]) == ("rejected", [])
    assert found["reason"].startswith("causality: output before position 5")


def test_source_that_is_not_python_is_rejected(executor):
    found = evaluate_source("linear-attention", "class (:", "quick", [0], executor)
    assert found["status"] == "rejected"
    assert found["reason"].startswith("source: line 1: not Python")

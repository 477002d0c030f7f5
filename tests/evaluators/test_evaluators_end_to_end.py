"""A reference through gates, training, answering and audit, in the real sandbox."""

import pytest

from discover.evaluators import job, judge
from discover.evaluators.linear_attention import tiers
from discover.evaluators.linear_attention.calibration import Calibration
from discover.evaluators.linear_attention.tiers import Exam
from discover.evaluators.registry import load_domain
from discover.sandbox import LocalExecutor
from discover.space import Candidate, Status

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
    # The one that evaluations load by name: a test before may have made it forgotten.
    loaded = load_domain(domain.name)
    monkeypatch.setattr(loaded, "_calibration", Calibration({"quick": runs}))


def test_reference_is_gated_trained_scored_and_audited(tiny, executor):
    found = judge("linear-attention", domain.references["retnet"], "quick", [0, 1], executor)
    assert found.status is Status.OK, found.reason
    assert found.id == domain.references["retnet"].id
    score = found.to_dict()["metrics"]["score"]
    assert len(score["values"]) == 2 and 0 < score["median"] < 1.1
    assert found.cost["cpu_s"] > sum(run.cpu_s for run in found.runs), "the gates cost too"
    assert found.isolation in ("S1", "S2", "S3")
    assert [run.seed for run in found.runs] == [0, 1]


def test_leak_is_rejected_by_the_audit(tiny, executor):
    cunning = Candidate.from_source(CUNNING)
    found = judge("linear-attention", cunning, "quick", [0], executor)
    assert found.status is Status.REJECTED
    assert "future leak in audit" in found.reason


def test_cheat_is_rejected_by_the_gates(executor):
    _, source = CHEATS["looks ahead only beyond 256 positions"]
    cheat = Candidate.from_source(source)
    found = judge("linear-attention", cheat, "quick", [0], executor)
    assert (found.status, found.runs) == (Status.REJECTED, [])
    assert found.reason.startswith("causality: output before position 5")


def test_a_finalist_is_scored_by_the_audit(tiny, executor):
    executor.submit(
        job("final", "linear-attention", domain.references["retnet"], "quick", final=True)
    )
    final = executor.next().value
    assert final.status is Status.OK, final.reason
    assert 0 < final.metrics["score"] < 1.1


def test_the_held_out_text_cannot_be_looked_up(executor):
    if executor.isolation == "S1":
        pytest.skip("S1 hides no files")
    # A way past the source gate, whose list is never whole: the sandbox stands behind it.
    topics = "torch.hub.Path(enum.__file__).parent / 'pydoc_data' / 'topics.py'"
    look_up = f"import enum, torch\nKNOWN = ({topics}).read_text()\n"
    source = look_up + CHEATS["is quadratic"][1]
    found = judge("linear-attention", Candidate.from_source(source), "quick", [0], executor)
    assert found.status is not Status.OK
    assert "pydoc_data" in found.reason and "line 2" in found.reason, found.reason

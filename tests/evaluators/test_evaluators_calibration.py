"""Calibration: measured, resumed, derived, and refused where it does not fit."""

import json
from collections import deque

import pytest

from discover.evaluators.linear_attention import calibrate as measuring
from discover.evaluators.linear_attention import calibration, tiers
from discover.evaluators.linear_attention.calibrate import calibrate
from discover.evaluators.linear_attention.calibration import Calibration, CalibrationError
from discover.evaluators.linear_attention.domain import LinearAttention
from discover.sandbox import CandidateError, Completion, Usage
from discover.space import Candidate

from .conftest import FakeSession
from .mixers import IDENTITY, LINEAR

domain = LinearAttention()


class InlineExecutor:
    """Runs jobs in this process when their completion is asked for."""

    slots = 1

    def __init__(self):
        self.queue = deque()
        self.ran = []

    def submit(self, job):
        self.queue.append(job)

    def next(self, timeout=None):
        job = self.queue.popleft()
        self.ran.append(job.id)
        value, error = None, None
        try:
            value = job.work(FakeSession())
        except CandidateError as failure:
            error = failure
        return Completion(job.id, value, error, Usage(cpu_s=1.5), 1.5, "S0")


@pytest.fixture
def references():
    return {"identity": Candidate.from_source(IDENTITY), "lin/x": Candidate.from_source(LINEAR)}


@pytest.fixture
def instant(monkeypatch):
    """Runs that take no training: losses by length of the source and seed."""

    def measure(source, tier, seed, session):
        if "broken" in source:
            raise CandidateError("broken")
        names = [exam.name for exam in tiers.EXAMS[tier]]
        loss = 2.5 - len(source) / 2000 + seed / 100
        return {f"{n}_loss": loss for n in names} | {f"{n}_accuracy": 0.5 for n in names}

    monkeypatch.setattr(measuring, "measure", measure)


def test_measures_only_what_is_missing(instant, references, tmp_path):
    path = tmp_path / "calibration.json"
    first = InlineExecutor()
    calibrate(first, references, ["quick"], [0, 1], path=path)
    assert sorted(first.ran) == [f"quick/{n}/{s}" for n in ("identity", "lin/x") for s in (0, 1)]
    references["lin/x"] = Candidate.from_source(LINEAR + "changed = True\n")
    second = InlineExecutor()
    reports = []
    calibrate(second, references, ["quick"], [0, 1, 2], path=path, report=reports.append)
    assert sorted(second.ran) == [
        "quick/identity/2",
        "quick/lin/x/0",
        "quick/lin/x/1",
        "quick/lin/x/2",
    ]
    assert [r.done for r in reports] == [1, 2, 3, 4]
    assert calibration.load(path).runs["quick"]["lin/x"].keys() == {"0", "1", "2"}


def test_failed_reference_is_reported_and_the_rest_kept(instant, references, tmp_path):
    references["bad"] = Candidate.from_source("broken = 1\n" + LINEAR)
    reports = []
    path = tmp_path / "calibration.json"
    calibrate(InlineExecutor(), references, ["quick"], [0], path=path, report=reports.append)
    assert [r.error for r in reports if r.error] == ["broken"]
    assert calibration.load(path).runs["quick"].keys() == {"identity", "lin/x"}


def test_anchors_and_table_follow_from_the_runs(instant, references, tmp_path):
    path = tmp_path / "calibration.json"
    found = calibrate(InlineExecutor(), references, ["quick"], [0, 1, 2], path=path)
    anchors = found.anchors("quick")
    assert anchors["lm"].identity == pytest.approx(2.5 - len(IDENTITY) / 2000 + 0.01)
    assert anchors["lm"].floor == pytest.approx(2.5 - len(LINEAR) / 2000 + 0.01)
    assert anchors["icr"].floor == 0
    assert anchors["markov"].floor == pytest.approx(tiers.MARKOV.expected_floor())
    assert "parity" not in anchors
    table = found.table("quick")
    assert list(table) == ["lin/x", "identity"]
    assert table["lin/x"]["language"].median == pytest.approx(1)
    assert table["lin/x"]["lm_loss"].std == pytest.approx(0.01)
    written = json.loads(path.read_text())["tiers"]["quick"]["references"]
    assert written["lin/x"]["language"][0] == 1.0
    assert LinearAttention(found).noise("quick") > 0


def test_missing_torn_or_foreign_file_gets_one_line(instant, references, tmp_path, monkeypatch):
    path = tmp_path / "calibration.json"
    with pytest.raises(CalibrationError, match="not calibrated: run `discover calibrate"):
        calibration.load(path)
    calibrate(InlineExecutor(), references, ["quick"], [0], path=path)
    torn = tmp_path / "torn.json"
    torn.write_text(path.read_text()[:100])
    with pytest.raises(CalibrationError, match="cannot be read"):
        calibration.load(torn)
    monkeypatch.setitem(tiers.EXAMS, "quick", tiers.EXAMS["quick"][:2])
    calibration.load.cache_clear()
    with pytest.raises(CalibrationError, match="measured with other tiers or data"):
        calibration.load(path)


def test_tier_without_identity_is_not_calibrated():
    with pytest.raises(CalibrationError, match="tier quick is not calibrated"):
        Calibration().anchors("quick")


def test_other_text_is_said_in_one_line():
    other = Calibration({}, {"corpus": "0" * 64, "python": "3.99"})
    assert "Python 3.99" in other.differences()
    assert "\n" not in other.differences()
    assert Calibration({}, {"corpus": calibration.corpus.load().sha256}).differences() == ""


def test_shipped_figures_belong_to_the_references_as_they_are():
    quick = domain.calibration.runs["quick"]
    assert quick.keys() == domain.references.keys()
    for name, candidate in domain.references.items():
        assert {record["candidate"] for record in quick[name].values()} == {candidate.id}, name
        assert len(quick[name]) >= 3, name
    assert "smoke" in domain.calibration.runs


def test_shipped_table_orders_what_the_literature_orders():
    table = {name: row["score"].median for name, row in domain.calibration.table("quick").items()}
    assert table["identity"] < 0.02
    assert table["gated-deltanet"] > table["gla"] > table["linear-attention"] > 0
    assert table["gated-deltanet"] > table["retnet"]


def test_brief_shows_the_contract_and_the_references():
    assert "class Mixer(nn.Module)" in domain.brief
    assert "| gated-deltanet | 0." in domain.brief

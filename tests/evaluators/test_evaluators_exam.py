"""Scoring: arithmetic, the audit, and what a child may not do."""

import struct

import numpy as np
import pytest
from safetensors.numpy import save

from discover.evaluators import Rejected
from discover.evaluators.linear_attention import exam
from discover.evaluators.linear_attention.exam import audit_passes, sit
from discover.evaluators.linear_attention.gates import run_gates
from discover.evaluators.linear_attention.score import Anchor, scores, state_tracking
from discover.evaluators.linear_attention.tasks import UNSCORED, recall
from discover.evaluators.linear_attention.tiers import PARITY, Exam
from discover.evaluators.linear_attention.weights import stored_numbers
from discover.evaluators.secret import machine_secret
from discover.sandbox import CandidateError, CandidateFailure, ProtocolViolation

from .conftest import FakeSession
from .mixers import LINEAR, mixer

ICR = recall("icr", 16, 64, 4)

PEEK = "torch.cat([x[:, 1:], x[:, -1:]], dim=1)"
CUNNING = mixer(f"return self.attend({PEEK} if x.shape[1] == 64 and not self.training else x)\n")
"""Looks ahead at the one length that is scored and that no gate tries."""


def test_honest_model_sits_the_exam_in_three_children(session):
    result = sit([Exam(ICR, 3)], LINEAR, 0, session)["icr"]
    assert session.opened == 3
    assert 0 < result.accuracy < 0.6
    assert 1 < result.loss < 4
    assert len(result.curve) == 3


def test_same_seed_gives_the_same_bits(session):
    first, again = (sit([Exam(ICR, 3)], LINEAR, 5, session)["icr"] for _ in range(2))
    assert first == again
    assert first != sit([Exam(ICR, 3)], LINEAR, 6, session)["icr"]


def test_rows_that_two_rates_share_are_audited_by_different_children(session):
    """Else a mixer could keep, from the audit of one rate, what follows a cut of the other's."""
    sit([Exam(ICR, 2, rates=(3e-3, 1e-2))], LINEAR, 0, session)
    assert session.opened == 4


def test_audit_catches_a_leak_that_the_gates_cannot_see(session, counting_session):
    assert run_gates(CUNNING, counting_session)[-1].passed
    with pytest.raises(Rejected, match=r"future leak in audit: icr .* measured .* threshold 0.01"):
        sit([Exam(ICR, 3)], CUNNING, 0, session)


def test_an_error_cannot_carry_held_out_rows_away(session):
    talk = mixer(
        """
        if x.shape[1] == 64 and not self.training:
            raise ValueError("rows: " + "r" * 4000)
        return self.attend(x)
        """
    )
    with pytest.raises(CandidateError, match="rows: r") as caught:
        sit([Exam(ICR, 3)], talk, 0, session)
    assert len(caught.value.message) == exam.LAST_WORDS and caught.value.output == ""


@pytest.mark.parametrize("task", [ICR, PARITY], ids=lambda task: task.name)
def test_audit_keeps_the_past_and_moves_on(task):
    inputs, targets = task.held_out(0)
    passes = list(audit_passes(task, inputs, targets, 12, np.random.default_rng(0)))
    seen = {}
    for cut in passes:
        rows, at = np.divmod(cut.origins, task.length)
        assert (targets[rows, at] != UNSCORED).all()
        assert np.array_equal(cut.positions % task.length, at)
        for row, position, shown in zip(rows, at, cut.inputs, strict=True):
            assert seen.get(row, -1) < position < task.length - 1
            seen[row] = position
            assert np.array_equal(shown[: position + 1], inputs[row, : position + 1])
        hidden = np.arange(task.length) > at[:, None]
        kept = (cut.inputs == inputs[rows])[hidden].mean()
        assert kept == pytest.approx(1 / task.vocab, abs=0.1)
    assert len(seen) == len(inputs)
    assert len(passes) == min(12, (targets[0, :-1] != UNSCORED).sum())


class AuditSpeaksOtherwise(FakeSession):
    """The third child's answers differ, by less than the audit notices."""

    def trusted(self, harness, link):
        worker = super().trusted(harness, link)
        if self.opened == 3:
            forward = worker.ops["forward"]
            shift = np.float32([0.8 * exam.AUDIT_TOLERANCE] + [0] * (ICR.vocab - 1))
            worker.ops["forward"] = lambda **a: {"logits": forward(**a)["logits"] + shift}
        return worker


def test_finalists_are_scored_by_the_audit_and_others_by_the_full_pass(session, monkeypatch):
    monkeypatch.setattr(exam, "FINAL_CUTS", ICR.length)  # every scored position
    searched, final = (sit([Exam(ICR, 3)], LINEAR, 0, session, final=f)["icr"] for f in (0, 1))
    assert final.loss == pytest.approx(searched.loss, abs=1e-5)
    assert final.accuracy == searched.accuracy
    same, other = (
        sit([Exam(ICR, 3)], LINEAR, 0, AuditSpeaksOtherwise(), final=f)["icr"] for f in (0, 1)
    )
    assert same == searched
    assert abs(other.loss - final.loss) > 1e-4


def test_a_leak_at_a_single_position_is_no_gain_for_a_finalist(session, monkeypatch):
    """A search's audit can miss one position in 25; where all are asked, none is missed."""
    monkeypatch.setattr(exam, "FINAL_CUTS", ICR.length)
    peek = "torch.cat([x[:, :40], x[:, 41:42], x[:, 41:]], dim=1)"
    rare = mixer(f"return self.attend({peek} if x.shape[1] == 64 and not self.training else x)\n")
    with pytest.raises(Rejected, match="future leak in audit"):
        sit([Exam(ICR, 3)], rare, 0, session, final=True)


def test_diverging_training_is_the_candidates_failure(session):
    source = mixer(
        "return self.attend(x) * self.s.sqrt()\n", "self.s = nn.Parameter(torch.zeros(1))"
    )
    with pytest.raises(CandidateFailure, match="icr: the training loss was not finite at step 2"):
        sit([Exam(ICR, 5)], source, 0, session)


def test_what_a_mixer_notes_while_it_is_trained_is_gone_when_it_is_examined(session):
    body = """
        if self.training:
            self.notes += 1
        return self.attend(x) * (1 if self.training else 1 - self.notes)
    """
    noting = mixer(body, "self.register_buffer('notes', torch.zeros(1))\n")
    assert sit([Exam(ICR, 3)], noting, 0, session) == sit([Exam(ICR, 3)], LINEAR, 0, session)


def test_a_mixer_with_too_many_parameters_is_not_trained(session):
    source = mixer("return self.attend(x)\n", "self.notes = nn.Parameter(torch.zeros(200_000))\n")
    with pytest.raises(CandidateError, match="the mixers have 432768 parameters; at most"):
        sit([Exam(ICR, 1)], source, 0, session)


@pytest.mark.parametrize(
    "weights",
    [b"", b"1234", struct.pack("<Q", 5) + b"{'a'}", struct.pack("<Q", 2) + b"[]"],
)
def test_forged_weights_are_a_violation(weights):
    with pytest.raises(ProtocolViolation, match="safetensors"):
        stored_numbers(weights)


def test_stored_numbers_are_counted_buffers_included():
    arrays = {"a": np.zeros((2, 3), np.float32), "b": np.zeros(7, np.int64)}
    assert stored_numbers(save(arrays)) == 13


class AlwaysTheSame(FakeSession):
    """Whatever is asked, each answer is LOGITS."""

    def trusted(self, harness, link):
        worker = super().trusted(harness, link)
        forward = worker.ops["forward"]

        def same(**asked):
            return {"logits": np.broadcast_to(LOGITS, forward(**asked)["logits"].shape).copy()}

        worker.ops["forward"] = same
        return worker


LOGITS = np.linspace(2, 0, ICR.vocab, dtype=np.float32)


def test_loss_is_the_cross_entropy_and_accuracy_counts_the_likeliest():
    result = sit([Exam(ICR, 1)], LINEAR, 0, AlwaysTheSame())["icr"]
    _, targets = ICR.held_out(0, machine_secret())
    scored = targets[targets != UNSCORED]
    expected = np.log(np.exp(LOGITS).sum()) - LOGITS[scored].mean()
    assert result.loss == pytest.approx(expected, abs=1e-6)
    assert result.accuracy == (scored == LOGITS.argmax()).mean()


ANCHORS = {"lm": Anchor(2.0, 1.0), "markov": Anchor(2.0, 1.5), "icr": Anchor(2.0, 0.0)}


def test_composite_weighs_text_markov_and_recall():
    raw = {"lm_loss": 1.5, "markov_loss": 1.9, "icr_loss": 1.0, "parity_accuracy": 0.75}
    found = scores(raw, ANCHORS)
    assert found["language"] == 0.5
    assert found["markov"] == pytest.approx(0.2)
    assert found["score"] == pytest.approx(0.45 * 0.5 + 0.30 * 0.2 + 0.25 * 0.5)
    assert found["state_tracking"] == 0.5


def test_task_scores_are_clipped():
    assert Anchor(2.0, 1.0).score(3.0) == 0
    assert Anchor(2.0, 1.0).score(0.5) == 1.1


def test_missing_parts_leave_the_others_in_proportion():
    found = scores({"lm_loss": 1.5, "icr_loss": 2.0, "parity_accuracy": 0.5}, ANCHORS)
    assert found["score"] == pytest.approx(0.45 * 0.5 / 0.70)


def test_recall_is_the_mean_of_its_tasks():
    anchors = {"icr": Anchor(2.0, 0.0), "icr32": Anchor(3.0, 0.0)}
    raw = {"icr_loss": 1.0, "icr32_loss": 3.0, "s3_accuracy": 1.0, "parity_accuracy": 0.4}
    assert scores(raw, anchors)["recall"] == 0.25
    assert state_tracking(raw) == 0.5


def test_no_constant_hides_a_leak_from_the_audit():
    first = np.array([[0.0, 1.0, -9e3]], np.float32)
    leaking = np.array([[1.0, 0.0, -9e3]], np.float32)
    change = np.abs(exam.log_softmax(first) - exam.log_softmax(leaking)).max()
    assert change > 50 * exam.AUDIT_TOLERANCE

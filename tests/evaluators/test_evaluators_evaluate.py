"""From whatever a run does to an Evaluation; domains found by name and by path."""

import pickle
from functools import partial

import pytest

from discover.evaluators import (
    DomainError,
    ProgramDomain,
    Rejected,
    Verdict,
    check,
    domain_names,
    evaluate,
    find_tier,
    load_domain,
)
from discover.sandbox import CandidateError, LimitExceeded, SandboxUnavailable
from discover.space import Candidate, Status

PROGRAM = Candidate.from_source("def answer():\n    return 42\n")


class Answers(ProgramDomain):
    name = "answers"
    brief = "Define answer()."
    functions = ("answer",)
    programs = {"plain": PROGRAM.source}  # noqa: RUF012

    def measure(self, worker, tier, seed):
        return {"score": float(worker.call("call", function="answer")["value"])}


class Raises(Answers):
    def __init__(self, error):
        self.error = error

    def measure(self, worker, tier, seed):
        raise self.error


def test_good_run_carries_metrics_cost_and_isolation(session):
    found = evaluate(Answers(), PROGRAM, "quick", 3, session)
    assert (found.candidate_id, found.tier, found.seed) == (PROGRAM.id, "quick", 3)
    assert found.status is Status.OK
    assert found.metrics == {"score": 42.0, "source_lines": 2.0}
    assert found.isolation == "S0"
    assert found.cpu_s > 0 and found.wall_s > 0


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (CandidateError("bad", line=7), Status.FAILED, "line 7: bad"),
        (LimitExceeded("wall", "passed 3 s of wall time"), Status.TIMEOUT, "passed 3 s"),
        (LimitExceeded("cpu", "passed 3 s of CPU time"), Status.TIMEOUT, "passed 3 s"),
        (LimitExceeded("memory", "passed 2 GB"), Status.FAILED, "passed 2 GB"),
        (Rejected(Verdict("audit", False, "audit: leak")), Status.REJECTED, "audit: leak"),
    ],
)
def test_what_a_candidate_does_wrong_is_a_status_and_a_reason(error, status, reason, session):
    found = evaluate(Raises(error), PROGRAM, "quick", 0, session)
    assert found.status is status
    assert found.reason.startswith(reason)
    assert not found.metrics


def test_non_finite_metric_fails_the_run(session):
    program = Candidate.from_source("def answer():\n    return float('nan')\n")
    found = evaluate(Answers(), program, "quick", 0, session)
    assert (found.status, found.reason) == (Status.FAILED, "metric score is nan")
    assert not found.metrics


def test_what_is_nobodys_fault_passes_through(session):
    with pytest.raises(SandboxUnavailable):
        evaluate(Raises(SandboxUnavailable("gone")), PROGRAM, "quick", 0, session)


def test_check_keeps_the_reason_of_the_failing_gate(session):
    found = check(Answers(), Candidate.from_source("def other(): pass"), session)
    assert (found.tier, found.status) == ("gate", Status.REJECTED)
    assert found.reason == "source: no function answer at top level"
    assert check(Answers(), PROGRAM, session).status is Status.OK


def test_jobs_are_picklable():
    work = partial(evaluate, "linear-attention", PROGRAM, "quick", 0)
    again = pickle.loads(pickle.dumps(work))
    assert again.func is evaluate and again.args == work.args


def test_unknown_tier_names_those_there_are():
    with pytest.raises(DomainError, match="has no tier 'quik'; it has smoke, quick, standard"):
        find_tier(load_domain("linear-attention"), "quik")


def test_built_in_domains_are_found_by_name():
    assert "linear-attention" in domain_names()
    assert load_domain("linear-attention").name == "linear-attention"
    assert load_domain("linear-attention") is load_domain("linear-attention")


def test_unknown_name_lists_near_names():
    with pytest.raises(DomainError, match="'linear-atention'; did you mean linear-attention"):
        load_domain("linear-atention")
    with pytest.raises(DomainError, match=r"unknown domain 'zzz'; there are .*linear-attention"):
        load_domain("zzz")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("class (:", "line 1: invalid syntax"),
        ("import nowhere_at_all", "cannot be loaded: ModuleNotFoundError"),
        ("x = 1", "must define `domain`, or one subclass of ProgramDomain; it defines none"),
        ("domain = 3", "the domain lacks name, brief"),
        ("def domain(size): return size", "`domain` cannot be made"),
        (
            "from discover.evaluators import ProgramDomain\nclass A(ProgramDomain): name = 'a'",
            "`domain` cannot be made: .*abstract",
        ),
    ],
)
def test_bad_domain_file_gets_one_line(text, fault, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(DomainError, match=fault) as raised:
        load_domain(str(path))
    assert "\n" not in str(raised.value)


def test_missing_domain_file(tmp_path):
    with pytest.raises(DomainError, match="no domain file at"):
        load_domain(str(tmp_path / "none.py"))

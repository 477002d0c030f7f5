"""From whatever a run does to an Evaluation; domains found by name and by path."""

import math
import pickle
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from discover.evaluators import (
    DomainError,
    Measurement,
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


class Curved(Answers):
    """Its runs have a curve, and those of a verification are scored in another way."""

    def __init__(self, curve):
        self.curve = curve

    def run(self, candidate, tier, seed, session):
        return Measurement({"score": 1.0}, {"loss": self.curve})

    def verify(self, candidate, tier, seed, session):
        return Measurement({"score": 2.0}, {"loss": self.curve})


def test_a_curve_that_is_not_finite_fails_the_run(session):
    found = evaluate(Curved([2.0, math.inf]), PROGRAM, "quick", 0, session)
    assert (found.status, found.reason) == (Status.FAILED, "curve loss is inf at point 1")
    assert not found.metrics and not found.curves


@pytest.mark.parametrize(
    ("curve", "got"),
    [(["low", "lower"], r"list \['low', 'lower'\]"), ("low", "str 'low'"), (0.5, "float 0.5")],
)
def test_a_curve_that_is_no_list_of_numbers_is_the_domains_fault(curve, got, session):
    found = evaluate(Curved(curve), PROGRAM, "quick", 0, session)
    reason = f"the domain's own code: curve 'loss': expected numbers, got {got}"
    assert found.status is Status.FAILED and re.fullmatch(reason, found.reason), found.reason
    assert not found.metrics and not found.curves


class Figured(Answers):
    """Whose gate finds a figure on the way, and may reject by it."""

    def __init__(self, figure, passed):
        self.verdict = Verdict("count", passed, "count: too many", figures={"n": figure})

    def gate(self, candidate, session):
        return [self.verdict]


def test_figures_of_gates_are_kept_where_they_are_numbers(session):
    for passed, status in ((True, Status.OK), (False, Status.REJECTED)):
        found = check(Figured(3, passed), PROGRAM, session)
        assert (found.status, found.metrics) == (status, {"n": 3.0})
        found = check(Figured("many", passed), PROGRAM, session)
        assert (found.status, found.metrics) == (Status.FAILED, {})
        said = "the domain's own code: metric 'n': expected a number, got str 'many'"
        assert found.reason == said


def test_a_final_run_is_scored_as_the_domain_verifies(session):
    searched, final = (
        evaluate(Curved([1.0]), PROGRAM, "quick", 0, session, final=final) for final in (0, 1)
    )
    assert (searched.metrics["score"], final.metrics["score"]) == (1.0, 2.0)
    plain = evaluate(Answers(), PROGRAM, "quick", 0, session, final=True)
    assert plain.metrics["score"] == 42.0


def test_what_is_nobodys_fault_passes_through(session):
    with pytest.raises(SandboxUnavailable):
        evaluate(Raises(SandboxUnavailable("gone")), PROGRAM, "quick", 0, session)


class Stumbles(Answers):
    """Whose own code breaks in a way that `how` says."""

    def __init__(self, how):
        self.how = how

    def measure(self, worker, tier, seed):
        return {
            "wrong key": lambda: {"scor": 1.0},
            "no number": lambda: {"score": "much"},
            "long name": lambda: {"x" * 10**7: "much"},
            "no dict": lambda: 3.0,
            "KeyError": lambda: {}["nothing"],
            "AttributeError": lambda: None.value,
            "FileNotFoundError": lambda: Path("/nowhere/labels.csv").read_text(),
        }[self.how]()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("wrong key", "expected the metric 'score', an objective; got scor, source_lines"),
        ("no number", "metric 'score': expected a number, got str 'much'"),
        ("long name", "metric 'x{58}…: expected a number, got str 'much'$"),
        ("no dict", "measure: expected a dict of metrics, got float 3.0"),
        ("KeyError", r"failed: test_evaluators_evaluate.py line \d+: KeyError: 'nothing'"),
        ("AttributeError", r"failed: test_evaluators_evaluate.py line \d+: AttributeError: "),
        ("FileNotFoundError", r"failed: test_evaluators_evaluate.py line \d+: FileNotFoundError"),
    ],
)
def test_what_the_domain_does_wrong_is_said_to_be_its_own(how, reason, session):
    found = evaluate(Stumbles(how), PROGRAM, "quick", 0, session)
    assert (found.status, found.metrics) == (Status.FAILED, {})
    assert re.match(f"the domain's own code:? ?{reason}", found.reason), found.reason


def test_figures_of_numpy_are_kept_as_floats(session):
    class Numpy(Answers):
        def run(self, candidate, tier, seed, session):
            return Measurement({"score": np.float32(0.5), "count": 3})

    found = evaluate(Numpy(), PROGRAM, "quick", 0, session)
    assert found.metrics == {"score": 0.5, "count": 3.0}
    assert {type(value) for value in found.metrics.values()} == {float}


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
        ("import nowhere_at_all", "cannot be loaded: mine.py line 1: ModuleNotFoundError"),
        ("x = 1", "must define `domain`, or one subclass of ProgramDomain; it defines none"),
        ("domain = 3", "the domain lacks name, brief"),
        ("def domain(size): return size", "mine.py: `domain` cannot be made: TypeError"),
        (
            "from discover.evaluators import ProgramDomain\nclass A(ProgramDomain):\n"
            "    def mesure(self): pass",
            "mine.py: the class A lacks the method measure; did you mean that by mesure",
        ),
        (
            "def domain():\n    raise OSError('no disk')",
            "cannot be made: mine.py line 2: OSError: no",
        ),
        (
            "import os\nos.listdir('/nowhere')",
            "cannot be loaded: mine.py line 2: FileNotFoundError",
        ),
    ],
)
def test_bad_domain_file_gets_one_line(text, fault, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(DomainError, match=fault) as raised:
        load_domain(str(path))
    assert "\n" not in str(raised.value)


MINE = """
from discover.evaluators import Objective, ProgramDomain, Tier
from discover.sandbox import Limits

class Mine(ProgramDomain):
    name = "mine"
    brief = "Define f()."
    functions = ("f",)
    programs = {"start": "def f(): return 1"}
    tiers = (Tier("quick", Limits(), 1.0),)
    objectives = (Objective("score"),)

    def measure(self, worker, tier, seed):
        return {"score": 1.0}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "mine"', "", "the domain lacks name"),
        ('"mine"', "3", "name: expected a text that is not empty, got int 3"),
        ('"mine"', '""', "name: expected a text that is not empty, got str ''"),
        ('"Define f()."', "('a', 'b')", "brief: expected a text, got tuple"),
        ('("f",)', '"f"', "functions: expected a list or tuple of names, got str 'f'"),
        ('("f",)', "()", r"functions: expected a list or tuple of names, got tuple \(\)"),
        ('functions = ("f",)', "", "the domain lacks functions"),
        ('programs = {"start": "def f(): return 1"}', "", "the domain lacks programs"),
        ('{"start": "def f(): return 1"}', "{}", "programs: expected a dict of at least one"),
        (
            '{"start": "def f(): return 1"}',
            '["def f(): 1"]',
            "programs: expected a dict of at least",
        ),
        ('"def f(): return 1"', "3", "programs: start: expected text, got int 3"),
        ("def f()", "def g()", "programs: start: no function f at top level"),
        ("return 1", "return (", "programs: start: line 1: not Python"),
        (
            '(Objective("score"),)',
            '"score"',
            "objectives: expected .* of Objective, got str 'score'",
        ),
        ('(Objective("score"),)', '("score",)', "objectives: .* got str 'score' in it"),
        ('(Objective("score"),)', "()", "objectives: expected .* of Objective, got none"),
        ('"score"),', '"score", "up"),', "score: expected the direction max or min, got str 'up'"),
        (
            '(Tier("quick", Limits(), 1.0),)',
            '("quick",)',
            "tiers: .* of Tier, got str 'quick' in it",
        ),
        ("1.0),)", "0.0),)", "tiers: quick: expected_s: expected more than 0, got float 0.0"),
        ("1.0),)", "1.0, ranks=False),)", "tiers: expected at least one that ranks"),
        ('"quick"', '"gate"', "tiers: expected different names other than 'gate', got gate"),
        (
            "1.0),)",
            "1.0, decides='loss'),)",
            "tiers: quick: decides: expected an Objective or None, got str 'loss'",
        ),
        (
            "1.0),)",
            "1.0, decides=Objective('loss', 'down')),)",
            "tiers: quick: decides: loss: expected the direction max or min, got str 'down'",
        ),
        (
            "1.0),)",
            "1.0, decides=Objective('score', 'min')),)",
            "quick: decides: score: expected the direction max, as the objective has, got min",
        ),
        (
            "1.0),)",
            "1.0), Tier('smoke', Limits(), 1.0, ranks=False, decides=Objective('loss')))",
            "tiers: smoke: decides: expected None, as nobody goes on by a tier with ranks=False",
        ),
    ],
)
def test_a_slip_in_a_domain_is_one_line_when_it_is_loaded(old, new, fault, tmp_path):
    path = tmp_path / "mine.py"
    assert old in MINE
    path.write_text(MINE.replace(old, new, 1))
    with pytest.raises(DomainError, match=fault) as raised:
        load_domain(str(path))
    assert "\n" not in str(raised.value) and "mine.py" in str(raised.value)


def test_missing_domain_file(tmp_path):
    with pytest.raises(DomainError, match="no domain file at"):
        load_domain(str(tmp_path / "none.py"))

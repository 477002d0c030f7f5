"""Stop conditions say why, or nothing."""

from discover.search.limits.budget import Budget, Unit
from discover.search.limits.stop import (
    BudgetSpent,
    Progress,
    SignalFile,
    Stagnation,
    TargetScore,
    first_reason,
)


def progress(spent=None, best=None, since_best=0):
    return Progress(spent or {}, 0, best, since_best)


def test_a_budget_stops_at_its_limit():
    stop = BudgetSpent(Budget.parse("3evals"))
    assert stop(progress({Unit.EVALUATIONS: 2})) is None
    assert "evaluations" in stop(progress({Unit.EVALUATIONS: 3}))


def test_a_target_counts_in_the_objective_s_direction():
    assert TargetScore(0.9)(progress(best=0.91)) is not None
    assert TargetScore(0.9)(progress(best=0.89)) is None
    assert TargetScore(0.1, sign=-1)(progress(best=0.05)) is not None
    assert TargetScore(0.1, sign=-1)(progress(best=None)) is None


def test_stagnation_waits_for_its_patience():
    assert Stagnation(5)(progress(since_best=4)) is None
    assert Stagnation(5)(progress(since_best=5)) is not None


def test_a_signal_file_stops_when_it_appears(tmp_path):
    stop = SignalFile(tmp_path / "stop")
    assert stop(progress()) is None
    (tmp_path / "stop").touch()
    assert stop(progress()) is not None


def test_the_first_reason_is_given():
    assert first_reason([Stagnation(9), Stagnation(1)], progress(since_best=2)).startswith("no new")
    assert first_reason([], progress()) is None

"""Budgets are read, scaled and held against what is spent."""

from pathlib import Path

import pytest

from discover.evaluators.registry import load_domain
from discover.memory import campaigns, candidates, evaluations, ledger, open_memory
from discover.memory.campaigns import NewCampaign
from discover.memory.evaluations import Run
from discover.search.campaign.runner import Runner
from discover.search.limits.budget import Budget, BudgetError, Unit


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("30s", {Unit.WALL: 30}),
        ("10m", {Unit.WALL: 600}),
        ("1.5h", {Unit.WALL: 5400}),
        ("2d", {Unit.WALL: 172_800}),
        ("200gpuh", {Unit.DEVICE: 720_000}),
        ("3cpuh", {Unit.CPU: 10_800}),
        ("50evals", {Unit.EVALUATIONS: 50}),
        ("$20", {Unit.MONEY: 20}),
        ("2Mtok", {Unit.TOKENS: 2e6}),
        ("4.1Mtok", {Unit.TOKENS: 4_100_000}),
        ("10m, 50evals", {Unit.WALL: 600, Unit.EVALUATIONS: 50}),
    ],
)
def test_every_unit_is_read(text, limits):
    assert Budget.parse(text).limits == limits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ten minutes",
        "10",
        "10 parsecs",
        "-5m",
        "0m",
        "$5m",
        "10m,",
        "9" * 400 + "evals",
        "9" * 400 + "s",
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(text):
    with pytest.raises(BudgetError) as error:
        Budget.parse(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["0.5evals", "1.5evals", "0.5tok", "0.0001ktok"])
def test_there_is_no_part_of_an_evaluation_or_of_a_token(text):
    with pytest.raises(BudgetError, match="is no whole number of"):
        Budget.parse(text)


def test_a_budget_does_not_grow_beyond_what_can_be_counted():
    most = Budget.parse("1000000000000000s")
    with pytest.raises(BudgetError, match="wall time is at most 1,000,000,000,000,000 seconds"):
        most.plus(Budget.parse("1h"), {})


def test_a_unit_given_twice_is_refused():
    with pytest.raises(BudgetError, match="wall time twice"):
        Budget.parse("10m,1h")


def test_the_first_limit_that_is_reached_ends_it():
    budget = Budget.parse("10m,5evals")
    assert budget.reached({Unit.WALL: 599, Unit.EVALUATIONS: 4}) is None
    assert budget.reached({Unit.WALL: 10, Unit.EVALUATIONS: 5}) is Unit.EVALUATIONS
    assert budget.used({Unit.WALL: 300, Unit.EVALUATIONS: 1}) == 0.5


def test_slot_seconds_are_bounded_by_wall_time_device_time_and_cpu_time():
    spent = {Unit.WALL: 500.0, Unit.DEVICE: 900.0, Unit.CPU: 720.0}
    assert Budget.parse("10m").slot_seconds_left(spent, 2) == 200
    assert Budget.parse("10m,0.26gpuh").slot_seconds_left(spent, 2) == pytest.approx(36)
    assert Budget.parse("10m,0.21cpuh").slot_seconds_left(spent, 2) == pytest.approx(36)
    assert Budget.parse("10evals").slot_seconds_left(spent, 2) == float("inf")


def test_a_budget_grows_by_another_and_is_read_back():
    spent = {Unit.WALL: 300.0, Unit.EVALUATIONS: 31.0}
    grown = Budget.parse("10m").plus(Budget.parse("1h,5evals"), spent)
    grown = grown.plus(Budget.parse("0.5gpuh,2cpuh,$2"), spent)
    assert grown.limits == {
        Unit.WALL: 4200,
        Unit.EVALUATIONS: 36,
        Unit.DEVICE: 1800,
        Unit.CPU: 7200,
        Unit.MONEY: 2,
    }
    assert Budget.parse(grown.text).limits == grown.limits
    assert Budget.parse(grown.text).names_gpu
    overspent = Budget.parse("30evals").plus(Budget.parse("10evals"), spent)
    assert overspent.limits == {Unit.EVALUATIONS: 41}, "what was spent beyond it is not taken off"
    small = Budget.parse("10m").plus(Budget.parse("0.0000000123456cpuh,0.5gpuh"), spent)
    assert Budget.parse(small.text).limits == pytest.approx(small.limits, rel=1e-5)


def test_a_share_leaves_enough_evaluations_to_verify_anything():
    spent = {Unit.EVALUATIONS: 10.0, Unit.WALL: 60.0}
    share = Budget.parse("30evals,10m").share(0.75, spent)
    assert share.limits == {Unit.EVALUATIONS: 24, Unit.WALL: 60 + 0.75 * 540}
    assert Budget.parse("8evals").share(0.75, {}).limits == {Unit.EVALUATIONS: 6}


def test_a_run_that_was_cut_off_is_charged_no_more_than_it_may_take(tmp_path):
    spec = str(Path(__file__).parents[1] / "domains" / "sampled.py")
    with open_memory(tmp_path / "m.db") as memory:
        new = NewCampaign("sampled", spec, "share", "max", 0, "1cpuh", {})
        campaign = campaigns.create(memory, new).id
        candidate = next(iter(load_domain(spec).references.values()))
        candidates.propose(memory, campaign, candidate, author="reference")
        evaluations.begin(memory, Run(campaign, candidate.id, "standard", 0))
        memory.connection.execute("UPDATE in_flight SET started = 0")
        runner = Runner(memory, campaign, spec, executor=None)
        for _ in range(2):  # once, however often it is told
            runner.take_over()
        assert runner.spent[Unit.DEVICE] == 50 and runner.spent[Unit.CPU] == 5
        assert ledger.spent(memory, campaign)["cpu_s"] == 5

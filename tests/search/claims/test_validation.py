"""The best of a search against every reference, some of which are too slow to search beside."""

import math
from pathlib import Path

import pytest

from discover.cli.border import ExitCode
from discover.cli.conduct import exit_code
from discover.cli.ending import report
from discover.evaluators.registry import load_domain
from discover.evaluators.sampling import too_slow
from discover.memory import candidates, evaluations, open_memory
from discover.memory.browse.report import as_html, as_markdown
from discover.memory.campaigns import CampaignStatus
from discover.memory.evaluations import Purpose
from discover.search.campaign.reserve import Need, Reserve
from discover.search.campaign.turns import Phase, Warned
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.limits.run_times import RunTimes
from discover.search.setup.settings import Settings
from discover.search.tiers.scoreboard import Scoreboard
from discover.space import GATE, Status

SPEC = str(Path(__file__).parents[1] / "domains" / "sampled.py")
TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


SHIPPING = f"""
from discover.evaluators.registry import load_domain

class Shipping(type(load_domain({SPEC!r}))):
    def reference_metrics(self, tier):
        run = {{"share": 0.0, "share_low": 0.0, "share_high": 0.2, "items": 24.0}}
        return {{"slower": {{0: run}}, "slowest": {{0: run}}}} if tier == "standard" else {{}}

    def noise(self, tier):
        return 0.0

domain = Shipping
"""


SLOW = f"""
from discover.evaluators.registry import load_domain
from discover.space import Candidate

class Slow(type(load_domain({SPEC!r}))):
    frugal_space = None

    def run_within(self, candidate, tier, seed, session, bounds):
        if "COST" not in candidate.source:
            candidate = Candidate.from_source(candidate.source + "COST = 90\\n")
        return super().run_within(candidate, tier, seed, session, bounds)

domain = Slow
"""


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "m.db") as opened:
        yield opened


def settings(budget="80evals", spec=SPEC, **changes):
    return Settings(spec, Budget.parse(budget), **{"slots": 1, "value_model": False} | changes)


def reference_runs(memory, campaign):
    names = {c.id: name for name, c in load_domain(SPEC).references.items()}
    return {
        (names[s.run.candidate], s.run.tier): s.evaluation
        for s in evaluations.of_campaign(memory, campaign)
        if s.run.purpose is Purpose.REFERENCE
    }


def test_every_reference_is_compared_also_those_too_slow_to_search_beside(memory):
    told = []
    summary = run_campaign(settings(), memory, observers=[lambda turn, progress: told.append(turn)])
    runs = reference_runs(memory, summary.campaign_id)
    assert {tier for name, tier in runs if name != "cheap" and name != "slow"} == {"standard"}
    assert runs["slow", "quick"].status is Status.REJECTED
    warned = [t.message for t in told if isinstance(t, Warned)]
    assert any("2 dearer references wait" in words for words in warned)
    assert warned.count("from now on, only what waits for nobody is proposed") == 1
    found = summary.validation
    assert {r.name: r.items for r in found.rivals} == {
        "cheap": 100, "slow": 8, "slower": 7, "slowest": 0,
    }  # fmt: skip
    told_json = {r["name"]: r["score"] for r in summary.to_dict()["validation"]["rivals"]}
    assert told_json["slowest"] is None and told_json["slower"] is not None
    assert found.candidate == summary.best[0].candidate_id
    assert found.bar == found.score > 0.4 and found.items == 100
    assert [r.name for r in found.behind] == ["cheap", "slow", "slower"]
    words = report(summary)
    assert "ahead of 3 of 4 references" in words
    assert "slowest" in words and "no score: rejected: pace: too slow" in words
    line = f"{found.candidate} scores {found.score:.4g} on 100 items at standard, ahead of 3 of 4"
    for written in (as_markdown, as_html):
        page = written(memory, summary.campaign_id, lambda text: {})
        assert f"every reference: {line} references; not shown behind: slowest." in page
    assert any(isinstance(t, Phase) and t.message.startswith("validating") for t in told)


def test_where_the_time_is_up_before_a_reference_is_run_the_end_says_so(memory, monkeypatch):
    begun = []

    def watch(turn, progress):
        if isinstance(turn, Phase) and turn.message.startswith("validating"):
            begun.append(turn)

    needed = lambda self: Need(0, math.inf if begun else 0)  # noqa: E731
    monkeypatch.setattr(Reserve, "after_validation", needed)
    summary = run_campaign(settings(), memory, observers=[watch])
    found = summary.validation
    assert found.met_nobody and found.score > 0.4
    line = f"Validation at tier standard: {found.candidate} scores {found.score:.4g} on 100 items"
    assert f"{line}; the time was up before a reference was run.\n" in report(summary)
    assert summary.comparisons[0].reference == "cheap", "the best that the search knows"


def test_where_all_is_too_slow_for_a_score_the_end_says_that_the_model_is(memory, tmp_path):
    spec = tmp_path / "slow.py"
    spec.write_text(SLOW)
    summary = run_campaign(settings("20evals", spec=str(spec)), memory)
    assert summary.best == [] and summary.failures["rejected"] > 3 and summary.too_slow
    words = report(summary)
    assert "too slow for this budget: name a faster one" in words and "to blame" not in words
    assert exit_code(summary, interrupted=False) is ExitCode.TOO_LITTLE


def test_a_search_that_is_interrupted_has_no_validation(memory):
    stop = [lambda progress: "interrupted" if progress.evaluations > 9 else None]
    assert run_campaign(settings(), memory, stops=stop).validation is None


def test_after_a_reference_that_is_too_slow_only_what_waits_for_nobody_is_proposed(memory):
    summary = run_campaign(settings(), memory)
    runs = list(evaluations.of_campaign(memory, summary.campaign_id))
    searched = {s.run.candidate for s in runs if s.run.purpose is Purpose.SEARCH}
    sources = [candidates.get(memory, id_).source for id_ in searched]
    assert len(sources) > 10 and all("Y = 3" in source for source in sources)


def test_the_claim_is_against_the_reference_that_surely_scores_best(memory):
    summary = run_campaign(settings(), memory)
    scores = {rival.name: rival.score for rival in summary.validation.rivals}
    assert scores["slower"] > scores["slow"] > scores["cheap"]
    # On seven or eight items the others may have been lucky.
    assert summary.comparisons[0].reference == "cheap" and summary.comparisons[0].holds


def test_what_ships_of_a_reference_is_compared_in_its_place(memory, tmp_path):
    spec = tmp_path / "shipping.py"
    spec.write_text(SHIPPING)
    summary = run_campaign(settings(spec=str(spec)), memory)
    stored = evaluations.of_campaign(memory, summary.campaign_id)
    at_standard = [s for s in stored if s.run.tier == "standard"]
    run = [s for s in at_standard if s.charged and s.run.purpose is Purpose.REFERENCE]
    assert len(run) == 2, "cheap and slow"
    rivals = {rival.name: rival for rival in summary.validation.rivals}
    assert [name for name, rival in rivals.items() if rival.ships] == ["slower", "slowest"]
    assert rivals["slowest"].behind and rivals["slowest"].items == 24
    words = report(summary).splitlines()
    assert any("slowest" in line and "24 items, shipped  behind" in line for line in words)
    measured = run_campaign(settings(spec=str(spec), measure_references=True), memory)
    assert not any(rival.ships for rival in measured.validation.rivals)


def test_a_replay_gives_every_run_its_bounds_again(memory):
    summary = run_campaign(settings(), memory)
    again = replay(memory, summary.campaign_id, runs=True)
    assert again.divergence is None
    stored = [s for s in evaluations.of_campaign(memory, summary.campaign_id) if s.charged]
    assert again.runs == len(stored)


@pytest.mark.parametrize("ended", [1, 2, 3])
def test_a_kill_during_validation_changes_nothing(memory, tmp_path, ended):
    whole = run_campaign(settings(), memory)

    def stop(progress):
        done = len([1 for _, tier in reference_runs(other, campaign()) if tier == "standard"])
        return "interrupted" if done >= ended else None

    def campaign():
        return other.row("SELECT id FROM campaigns")["id"]

    with open_memory(tmp_path / "other.db") as other:
        cut = run_campaign(settings(), other, stops=[stop])
        assert cut.status is CampaignStatus.STOPPED
        resumed = resume_campaign(other, cut.campaign_id)
        assert resumed.validation == whole.validation
        assert [c.difference for c in resumed.comparisons] == [
            c.difference for c in whole.comparisons
        ]
        tried = [s.run for s in evaluations.of_campaign(other, cut.campaign_id)]
        assert len([r for r in tried if r.tier != GATE]) == whole.spent["evaluations"]


def test_a_reference_that_is_better_is_said_to_be(memory):
    better = {"better": "X = 7\nY = 3\n"}  # known, so never proposed
    summary = run_campaign(settings("60evals", programs=better), memory)
    assert summary.validation.candidate != summary.validation.rivals[-1].name
    rows = {line.split()[0]: line for line in report(summary).splitlines() if "[" in line}
    assert rows["better"].endswith("ahead") and rows["cheap"].endswith("behind")
    assert "better" not in [rival.name for rival in summary.validation.behind]


def test_where_runs_cannot_end_early_or_few_are_paid_for_nothing_is_validated(memory):
    assert run_campaign(settings(spec=TOY), memory).validation is None
    assert run_campaign(settings("20evals"), memory).validation is None


def test_a_budget_of_evaluations_keeps_enough_for_all_references(memory):
    summary = run_campaign(settings("32evals"), memory)
    assert summary.spent["evaluations"] <= 32
    assert all(r.items for r in summary.validation.rivals if r.name != "slowest")
    assert len(summary.comparisons[0].seeds) >= 3


def test_references_are_postponed_by_what_is_too_slow_to_search_beside_alone(memory):
    summary = run_campaign(settings(), memory)
    (slowest,) = [c for n, c in load_domain(SPEC).references.items() if n == "slowest"]
    stored = {
        (s.run.candidate, s.run.tier): s
        for s in evaluations.of_campaign(memory, summary.campaign_id)
        if s.run.purpose is Purpose.REFERENCE
    }
    board = Scoreboard(load_domain(SPEC).objectives[0], load_domain(SPEC).tiers)
    times = RunTimes(board.ranking_tier)
    reserve = Reserve(settings(), load_domain(SPEC), board, times, 1)
    slow = stored[load_domain(SPEC).references["slow"].id, "quick"]
    assert reserve.postpones(slow.run, slow.evaluation)
    late = stored[slowest.id, "standard"]
    assert too_slow(late.evaluation) and not reserve.postpones(late.run, late.evaluation)
    few = Reserve(settings("20evals"), load_domain(SPEC), board, times, 1)
    assert not few.postpones(slow.run, slow.evaluation), "nothing would ever run them"

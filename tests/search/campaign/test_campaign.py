"""A campaign on a toy domain: whole, resumed, repeated, and out of budget."""

from pathlib import Path

import pytest

from discover.evaluators.registry import DomainError
from discover.memory import claims, evaluations, ledger, open_memory
from discover.memory.campaigns import CampaignStatus, all_campaigns
from discover.memory.evaluations import Purpose
from discover.search.campaign.turns import Ended, Finished, Leads, Running, Started, Warned
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget, Unit
from discover.search.limits.run_times import RunTimes
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings
from discover.space import Status

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


def settings(budget="60evals", **changes):
    return Settings(
        TOY,
        Budget.parse(budget),
        **{"slots": 1, "strategy": "tree", "value_model": False} | changes,
    )


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def searched(memory, campaign):
    return [
        (e.run.candidate, e.run.tier, e.evaluation.status, e.score)
        for e in evaluations.of_campaign(memory, campaign)
        if e.run.purpose is Purpose.SEARCH
    ]


def stop_after(n):
    return lambda progress: "enough" if progress.evaluations >= n else None


def interrupt_after(n):
    return lambda progress: "interrupted" if progress.evaluations >= n else None


def test_it_finds_something_better_than_the_reference_and_claims_it(memory):
    summary = run_campaign(settings("100evals"), memory)
    assert summary.status is CampaignStatus.DONE
    assert [r.name for r in summary.references] == ["origin"]
    assert summary.best[0].score > summary.references[0].score
    best = summary.comparisons[0]
    assert best.holds and best.reference == "origin" and best.low > 0
    assert best.seeds[0] == 1000 and len(best.seeds) >= 3
    stored = claims.of_campaign(memory, summary.campaign_id)
    assert [c.candidate for c in stored] == [c.candidate_id for c in summary.comparisons]


def test_it_never_spends_more_than_its_evaluations(memory):
    summary = run_campaign(settings("40evals", slots=2), memory)
    assert summary.spent["evaluations"] <= 40
    stored = list(evaluations.of_campaign(memory, summary.campaign_id))
    assert summary.spent["evaluations"] == sum(s.run.tier != "gate" for s in stored)
    verified = [s for s in stored if s.run.purpose is Purpose.VERIFY]
    assert len(verified) >= 6


def test_the_ledger_is_the_sum_of_what_was_stored(memory):
    summary = run_campaign(settings("30evals", slots=2), memory)
    stored = list(evaluations.of_campaign(memory, summary.campaign_id))
    spent = ledger.spent(memory, summary.campaign_id)
    assert spent["device_s"] == pytest.approx(sum(s.evaluation.device_s for s in stored))


def test_same_seed_and_one_slot_give_the_same_candidates_in_the_same_order(tmp_path):
    runs = []
    for name in "ab":
        with open_memory(tmp_path / f"{name}.db") as memory:
            summary = run_campaign(settings(), memory)
            runs.append(searched(memory, summary.campaign_id))
    assert runs[0] == runs[1]
    with open_memory(tmp_path / "c.db") as memory:
        other = run_campaign(settings(seed=1), memory)
        assert searched(memory, other.campaign_id) != runs[0]


def test_gates_reject_with_a_reason_and_cost_no_evaluation(memory):
    summary = run_campaign(settings("80evals"), memory)
    rejected = [s for s in searched(memory, summary.campaign_id) if s[1] == "gate" and s[2] != "ok"]
    assert rejected
    reasons = {
        s.evaluation.reason
        for s in evaluations.of_campaign(memory, summary.campaign_id)
        if s.evaluation.status == "rejected"
    }
    assert reasons == {"even: X is 2 modulo 4, expected anything else"}


@pytest.mark.parametrize("evaluations_before", [9, 19, 27])
def test_an_interrupted_campaign_goes_on_where_it_was(tmp_path, evaluations_before):
    with open_memory(tmp_path / "whole.db") as memory:
        whole = searched(memory, run_campaign(settings(), memory).campaign_id)
    with open_memory(tmp_path / "cut.db") as memory:
        cut = run_campaign(settings(), memory, stops=[interrupt_after(evaluations_before)])
        assert cut.status is CampaignStatus.STOPPED
        resumed = resume_campaign(memory)
        assert resumed.campaign_id == cut.campaign_id
        assert resumed.status is CampaignStatus.DONE
        assert searched(memory, cut.campaign_id) == whole


def test_a_resume_says_once_who_leads(memory):
    first, again = [], []
    run_campaign(settings(), memory, observers=[told(first)], stops=[interrupt_after(25)])
    resume_campaign(memory, observers=[told(again)], stops=[interrupt_after(0)])
    leads = [turn for turn, _ in first if isinstance(turn, Leads)]
    assert len(leads) > 1
    assert [turn for turn, _ in again if isinstance(turn, Leads)] == leads[-1:]


def test_a_resume_adds_to_the_budget(memory):
    first = run_campaign(settings("20evals"), memory)
    more = resume_campaign(memory, first.campaign_id, more=Budget.parse("20evals"))
    assert 20 < more.spent["evaluations"] <= 40
    assert more.limits == {"evaluations": 40}
    again = resume_campaign(memory, first.campaign_id, more=Budget.parse("10evals"))
    assert 40 < again.spent["evaluations"] <= 50


def test_a_second_campaign_starts_from_what_the_first_learnt(memory):
    first = run_campaign(settings(), memory)
    second = run_campaign(settings(), memory)
    tried = [{s[:2] for s in searched(memory, x.campaign_id)} for x in (first, second)]
    assert not tried[0] & tried[1]
    of_first = {row.candidate_id for row in first.best}
    assert first.known == [] and second.best
    assert not {row.candidate_id for row in second.best} & of_first
    assert {row.candidate_id for row in second.known} == of_first
    fresh = run_campaign(settings(fresh=True), memory)
    assert {s[:2] for s in searched(memory, fresh.campaign_id)} & tried[0]


def test_the_best_of_four_goes_on_to_the_dearer_tier(memory):
    summary = run_campaign(settings("100evals"), memory)
    runs = searched(memory, summary.campaign_id)
    tiers = {t: [s for s in runs if s[1] == t] for t in ("quick", "standard")}
    assert 0 < len(tiers["standard"]) <= len(tiers["quick"]) / 4
    at_quick = {s[0]: s[3] for s in tiers["quick"] if s[3] is not None}
    promoted = [at_quick[s[0]] for s in tiers["standard"]]
    assert min(promoted) >= sorted(at_quick.values())[len(at_quick) // 4]


def test_a_dear_tier_is_left_alone_where_the_budget_is_small(memory):
    summary = run_campaign(settings("1s", slots=2), memory)
    assert "standard" not in summary.evaluations


def test_a_stop_condition_ends_the_search_and_verification_follows(memory):
    summary = run_campaign(settings("1000evals"), memory, stops=[])
    assert summary.reason
    seen = []
    stopped = run_campaign(
        settings("1000evals", fresh=True),
        memory,
        observers=[lambda turn, progress: seen.append(type(turn))],
        stops=[stop_after(30)],
    )
    assert stopped.reason == "enough"
    assert Ended in seen and seen[0] is Started


def test_a_condition_that_comes_true_between_two_looks_is_the_reason(memory):
    def alone(progress):  # as a file that appears: not yet at the first look of a turn
        return "alone" if progress.evaluations >= 9 and not progress.reserved else None

    stopped = run_campaign(settings("1000evals", slots=2), memory, stops=[alone])
    assert stopped.reason == "alone"


def test_what_cannot_be_searched_is_refused_before_anything_is_stored(memory):
    with pytest.raises(CannotSearch, match="would never be spent"):
        run_campaign(settings("$5"), memory)
    with pytest.raises(CannotSearch, match="slots"):
        run_campaign(settings(slots=0), memory)
    with pytest.raises(DomainError, match="no domain file"):
        run_campaign(Settings("nowhere/x.py", Budget.parse("5evals")), memory)
    assert all_campaigns(memory) == []
    with pytest.raises(CannotSearch, match="waiting to be resumed"):
        resume_campaign(memory)


def test_the_search_leaves_what_the_smallest_verification_takes(memory, monkeypatch):
    # Runs of 0.2 s where 0.01 s was expected: a quarter of 4 s would hardly pay for six.
    monkeypatch.setattr(RunTimes, "expected", lambda self, tier: 0.2)
    monkeypatch.setattr(RunTimes, "dearness", 20.0)
    summary = run_campaign(settings("4s", slots=1), memory)
    assert summary.reason == "what is left is kept for verification"
    assert len(summary.comparisons[0].seeds) >= 3


def told(seen):
    return lambda turn, progress: seen.append((turn, progress))


def test_nothing_is_begun_that_what_is_left_cannot_pay_for(memory, monkeypatch):
    # A candidate takes 0.02 s by the domain's figures, 200 s on this machine.
    monkeypatch.setattr(RunTimes, "expected", lambda self, tier: 1e4 * tier.expected_s)
    seen = []
    summary = run_campaign(settings("2m", slots=1), memory, observers=[told(seen)])
    assert not [turn for turn, _ in seen if isinstance(turn, Running)]
    assert (
        summary.reason == "90 s of wall time are left to search, what comes next takes about 100 s"
    )
    assert summary.best == []
    warnings = [turn.message for turn, _ in seen if isinstance(turn, Warned)]
    said = "the budget allows no candidate at quick: one takes about 110 s"
    assert warnings == [f"{said}, and with what is kept to verify it needs 147 s"]


def test_what_is_in_flight_is_reserved_and_not_spent(memory):
    seen = []
    run_campaign(settings("30evals", slots=2), memory, observers=[told(seen)])
    running = [p for turn, p in seen if isinstance(turn, Running)]
    assert max(p.reserved[Unit.EVALUATIONS] for p in running) == 2
    assert all(p.spent[Unit.EVALUATIONS] == p.evaluations for _, p in seen)
    assert all(
        p.committed[Unit.EVALUATIONS] == p.evaluations + p.reserved[Unit.EVALUATIONS]
        for p in running
    )


def test_scores_are_told_of_tiers_that_rank_alone(memory):
    seen = []
    run_campaign(settings("30evals"), memory, observers=[told(seen)])
    ended = [turn for turn, _ in seen if isinstance(turn, Finished)]
    smoke = [t.message for t in ended if t.tier == "smoke" and t.status is Status.OK]
    assert smoke and all(message.endswith("smoke ok") for message in smoke)
    assert any(": -" in t.message for t in ended if t.tier == "quick")


def test_the_best_are_summed_up_with_what_they_are_expected_to_be_worth(memory, monkeypatch):
    quiet = run_campaign(settings("40evals"), memory)
    assert all(row.expected is None for row in quiet.best), "nobody knows the noise of a seed"
    monkeypatch.setattr("discover.search.claims.expected_score.noise_of", lambda domain, tier: 30.0)
    noisy = run_campaign(settings("40evals", fresh=True), memory)
    assert noisy.best[0].expected < noisy.best[0].score
    assert all(row.expected is None for row in noisy.references)


def test_what_ended_the_search_does_not_end_its_verification(memory):
    summary = run_campaign(settings("1000evals"), memory, stops=[stop_after(30)])
    assert summary.reason == "enough"
    assert summary.comparisons and len(summary.comparisons[0].seeds) == 5


def test_an_interrupted_verification_is_taken_up_where_it_was(memory):
    def in_verification(progress):
        return "interrupted" if progress.evaluations >= 80 else None

    cut = run_campaign(settings("100evals"), memory, stops=[in_verification])
    assert (cut.status, cut.comparisons) == (CampaignStatus.STOPPED, [])
    begun = [
        s
        for s in evaluations.of_campaign(memory, cut.campaign_id)
        if s.run.purpose is Purpose.VERIFY
    ]
    assert begun and claims.of_campaign(memory, cut.campaign_id) == []
    whole = resume_campaign(memory)
    assert whole.status is CampaignStatus.DONE and whole.comparisons[0].looks == 3
    assert whole.spent["evaluations"] <= 100


def test_the_reference_is_verified_while_the_last_runs_of_the_search_end(memory):
    seen = []
    run_campaign(
        settings("1000evals", slots=2), memory, observers=[told(seen)], stops=[stop_after(30)]
    )
    runs = [(type(t), t.purpose) for t, _ in seen if isinstance(t, Running | Finished)]
    begins = runs.index((Running, Purpose.VERIFY))
    assert (Finished, Purpose.SEARCH) in runs[begins:]
    assert (Running, Purpose.SEARCH) not in runs[begins:]

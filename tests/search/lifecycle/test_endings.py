"""What a campaign that ended says when it is taken up again: the same, and no more than once."""

from pathlib import Path

import pytest

from discover.cli.ending import report
from discover.memory import campaigns, candidates, claims, evaluations, ledger, open_memory
from discover.memory.campaigns import CampaignStatus
from discover.memory.evaluations import Purpose, Run
from discover.search.lifecycle.recheck import recheck
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings
from discover.space import Candidate, Evaluation, Status

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "toy.db") as opened:
        yield opened


def settings(budget):
    return Settings(TOY, Budget.parse(budget), slots=1, value_model=False)


def cut_off(memory, budget, spent):
    """A campaign that a kill cut off with `spent` evaluations gone: one candidate that passed the
    gates waits, and another, proposed after it, was running. Both their ids."""
    stopped = run_campaign(
        settings(budget), memory, stops=[lambda p: "interrupted" if p.evaluations >= 9 else None]
    )
    id_, made = stopped.campaign_id, [Candidate.from_source(f"X = {x}\nY = 4\n") for x in (9, 11)]
    for number, candidate in enumerate(made):
        candidates.propose(memory, id_, candidate, author="grammar", decision=1000 + number)
        passed = Evaluation(candidate.id, "gate", 0, Status.OK)
        evaluations.finish(memory, id_, passed, purpose=Purpose.SEARCH)
    evaluations.begin(memory, Run(id_, made[1].id, "smoke", 0))
    more = spent - stopped.spent["evaluations"]
    ledger.charge_once(memory, id_, {"evaluations": more}, note="as if run")
    return [candidate.id for candidate in made]


@pytest.mark.parametrize("spent", [29, 30])
def test_what_a_kill_cut_off_is_run_again_before_what_had_not_begun(memory, spent):
    waiting, running = cut_off(memory, "40evals", spent)
    summary = resume_campaign(memory)
    ended = {(run.candidate, run.tier) for run in runs_of(memory, summary.campaign_id)}
    assert (running, "smoke") in ended, "its place in the search's share was taken before the kill"
    assert (waiting, "smoke") not in ended
    assert summary.spent["evaluations"] <= 40


def test_what_no_budget_is_left_for_is_not_dropped_in_silence(memory):
    _, running = cut_off(memory, "40evals", 40)
    said = []
    resume_campaign(memory, observers=[lambda turn, progress: said.append(turn.message)])
    assert f"{running} smoke was cut off, and no budget is left to run it again" in said


def runs_of(memory, campaign):
    return [stored.run for stored in evaluations.of_campaign(memory, campaign)]


def kill_at_the_end(opened, summary):
    """As a kill leaves a campaign whose claims are stored, and not yet that it is done."""
    campaigns.set_status(opened, summary.campaign_id, CampaignStatus.STOPPED)


def test_a_kill_after_the_last_run_takes_no_claim_away_and_adds_none(memory):
    whole = run_campaign(settings("12evals"), memory)
    assert whole.spent["evaluations"] == 12, "nothing is left for a further run"
    stored = claims.of_campaign(memory, whole.campaign_id)
    kill_at_the_end(memory, whole)
    again = resume_campaign(memory)
    assert again.comparisons == whole.comparisons != []
    assert claims.of_campaign(memory, whole.campaign_id) == stored


def test_a_look_at_the_same_runs_is_no_further_one_and_no_cheaper(memory):
    whole = run_campaign(settings("100evals"), memory)
    first = whole.comparisons[0]
    assert first.looks == 3
    same = {"tier": first.tier, "seeds": len(first.seeds), "first_seed": first.seeds[0]}
    before = memory.row("SELECT count(*) AS n FROM evaluations")["n"]
    [again] = recheck(memory, [first.candidate_id], "origin", **same)
    assert again == first
    assert memory.row("SELECT count(*) AS n FROM evaluations")["n"] == before
    [other] = recheck(memory, [first.candidate_id], "origin", **same | {"first_seed": 3000})
    assert other.looks == 2, "the comparison of the campaign, and this one"


def test_a_campaign_that_is_given_more_pays_for_what_it_claimed_before(memory):
    whole = run_campaign(settings("60evals"), memory)
    before = len(claims.of_campaign(memory, whole.campaign_id))
    more = resume_campaign(memory, whole.campaign_id, more=Budget.parse("60evals"))
    assert before and more.comparisons
    assert {c.looks for c in more.comparisons} == {before + len(more.comparisons)}


def test_what_a_campaign_claimed_is_still_said_after_a_resume_that_can_verify_nothing(memory):
    whole = run_campaign(settings("40evals"), memory)
    held = [c.candidate_id for c in whole.comparisons if c.holds]
    assert held and whole.held_before == []
    more = resume_campaign(memory, whole.campaign_id, more=Budget.parse("4evals"))
    assert more.comparisons == [] and more.no_claim_reason
    assert [claim.candidate for claim in more.held_before] == held
    words = report(more)
    assert f"holds:\n  {whole.sentences[0]}" in words
    assert f"discover export {held[0]} " in words


def test_a_claim_of_before_that_is_compared_anew_is_said_once(memory):
    whole = run_campaign(settings("60evals"), memory)
    more = resume_campaign(memory, whole.campaign_id, more=Budget.parse("60evals"))
    now = {c.candidate_id for c in more.comparisons}
    assert now and now.isdisjoint(claim.candidate for claim in more.held_before)
    recheck(memory, [whole.best[-1].candidate_id], "origin", tier="quick")
    last = resume_campaign(memory, whole.campaign_id, more=Budget.parse("2evals"))
    assert last.held_before[0].candidate == whole.best[-1].candidate_id, "newest first"


def test_a_campaign_at_its_end_is_not_gone_on_with_for_nothing(memory):
    whole = run_campaign(settings("40evals"), memory)
    with pytest.raises(
        CannotSearch, match=f"{whole.campaign_id} is done, and nothing of its budget of 40"
    ):
        resume_campaign(memory, whole.campaign_id)
    more = resume_campaign(memory, whole.campaign_id, more=Budget.parse("20evals"))
    assert more.spent["evaluations"] > 40


def test_a_campaign_that_its_user_stopped_early_goes_on(memory):
    early = run_campaign(
        settings("200evals"), memory, stops=[lambda p: "enough" if p.evaluations >= 20 else None]
    )
    assert early.status is CampaignStatus.DONE
    late = resume_campaign(memory, early.campaign_id)
    assert late.spent["evaluations"] > 100

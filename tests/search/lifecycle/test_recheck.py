"""A claim can be checked again on seeds that nobody has seen."""

from pathlib import Path

import pytest

from discover.evaluators.domain import DomainError
from discover.memory import campaigns, candidates, claims, open_memory, transfer
from discover.memory.campaigns import NewCampaign
from discover.search.campaign.runner import spent_of
from discover.search.lifecycle.recheck import FIRST_SEED, recheck
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget, Unit
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings
from discover.space import Candidate

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


@pytest.fixture
def searched(tmp_path):
    with open_memory(tmp_path / "toy.db") as memory:
        yield (
            memory,
            run_campaign(
                Settings(TOY, Budget.parse("60evals"), slots=1, value_model=False), memory
            ),
        )


def test_a_claim_holds_on_fresh_seeds_and_is_kept(searched):
    memory, summary = searched
    best = summary.comparisons[0].candidate_id
    before = len(claims.of_candidate(memory, best))
    again = recheck(memory, [best], "origin", tier="quick", seeds=4)
    assert again[0].holds and len(again[0].seeds) == 4
    assert min(again[0].seeds) == FIRST_SEED > max(summary.comparisons[0].seeds)
    assert len(claims.of_candidate(memory, best)) == before + 1
    assert again[0].looks == before + 1, "asking again is one more look"


def test_what_is_verified_by_hand_takes_nothing_off_what_a_resume_adds(searched):
    memory, summary = searched
    recheck(memory, [summary.best[0].candidate_id], "origin", tier="quick", seeds=20)
    spent = spent_of(memory, summary.campaign_id)[Unit.EVALUATIONS]
    assert spent > 60
    more = resume_campaign(memory, summary.campaign_id, more=Budget.parse("10evals"))
    assert more.limits["evaluations"] == spent + 10
    assert more.spent["evaluations"] > spent + 5


def test_a_look_again_at_the_same_runs_allows_for_no_fewer_looks(searched):
    memory, summary = searched
    best = summary.comparisons[0].candidate_id
    failing = Candidate.from_source("X = 7\nY = -1\n")
    candidates.propose(memory, summary.campaign_id, failing, author="grammar")
    [both] = recheck(memory, [best, failing.id], "origin", tier="quick")
    before = claims.of_candidate(memory, best)
    [alone] = recheck(memory, [best], "origin", tier="quick")
    assert alone == both and alone.looks == 3, "the campaign's own, and two here"
    assert claims.of_candidate(memory, best) == before


def test_beside_a_claim_stands_what_the_search_made_of_the_best_of_many(searched, monkeypatch):
    memory, summary = searched
    best = summary.best[0]
    [again] = recheck(memory, [best.candidate_id], "origin", tier="quick")
    told = again.searched
    assert (told.tier, told.score, told.seeds) == ("quick", best.score, best.seeds)
    assert told.among >= 5 and told.expected < told.score, "these seeds showed the noise"
    monkeypatch.setattr("discover.search.claims.expected_score.noise_of", lambda domain, tier: 30.0)
    [noisy] = recheck(memory, [best.candidate_id], "origin", tier="quick")
    assert noisy.searched.expected < best.score
    assert f"expected {noisy.searched.expected:.4g} with the luck" in noisy.searched.sentence
    [nobody] = recheck(memory, [summary.references[0].candidate_id], "origin", tier="quick")
    assert nobody.searched is None, "a reference was never searched for"


def test_a_reference_does_not_beat_itself(searched):
    memory, summary = searched
    origin = next(row.candidate_id for row in summary.references)
    assert not recheck(memory, [origin], "origin", tier="quick")[0].holds


def test_an_unknown_reference_is_named(searched):
    memory, summary = searched
    with pytest.raises(CannotSearch, match="no reference 'nobody'; it has origin"):
        recheck(memory, [summary.best[0].candidate_id], "nobody", tier="quick")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tier": "smoke"}, "at smoke ranks nothing: expected --tier to be of quick, standard"),
        ({"first_seed": -2}, "at quick on seed 0: --first-seed must lead past it"),
        ({"seeds": 10_001}, "--seeds is at most 10,000; got 10,001"),
    ],
)
def test_a_claim_that_would_rest_on_nothing_is_refused(searched, wrong, words):
    memory, summary = searched
    known = claims.latest(memory, 99)
    with pytest.raises(CannotSearch, match=words):
        recheck(memory, [summary.best[0].candidate_id], "origin", **{"tier": "quick"} | wrong)
    assert claims.latest(memory, 99) == known


def test_each_candidate_is_compared_once_and_none_of_another_domain(searched):
    memory, summary = searched
    best = summary.best[0].candidate_id
    assert len(recheck(memory, [best, best], "origin", tier="quick")) == 1
    elsewhere = campaigns.create(memory, NewCampaign("other", "other", "s", "max", 0, "1h")).id
    stranger = Candidate.from_source("X = 7\nY = 3.0\n")
    candidates.propose(memory, elsewhere, stranger, author="grammar")
    before = claims.latest(memory, 99)
    with pytest.raises(CannotSearch, match=f"{stranger.id} is no candidate of toy"):
        recheck(memory, [best, stranger.id], "origin", tier="quick")
    assert claims.latest(memory, 99) == before


@pytest.mark.parametrize("wrong", [{"reference": "nobody"}, {"tier": "dear"}, {"seeds": 2**63}])
def test_what_is_refused_leaves_no_campaign(searched, tmp_path, wrong):
    memory, summary = searched
    asked = {"reference": "origin", "tier": "quick", **wrong}
    with open_memory(tmp_path / "ours.db") as ours:
        transfer.import_lines(ours, transfer.export_lines(memory), "theirs.jsonl")
        with pytest.raises((CannotSearch, DomainError)):
            recheck(ours, [summary.best[0].candidate_id], domain=TOY, **asked)
        assert len(campaigns.all_campaigns(ours)) == 1


def test_what_another_memory_brought_is_run_again_here(searched, tmp_path):
    memory, summary = searched
    best = summary.best[0].candidate_id
    recheck(memory, [best], "origin", tier="quick", seeds=3)
    memory.connection.execute("UPDATE evaluations SET score = 1e6 WHERE candidate = ?", (best,))
    with open_memory(tmp_path / "ours.db") as ours:
        transfer.import_lines(ours, transfer.export_lines(memory), "theirs.jsonl")
        (again,) = recheck(ours, [best], "origin", tier="quick", seeds=3, domain=TOY)
        assert 0 < again.difference < 100
        (here,) = campaigns.comparable(ours)
        assert claims.of_candidate(ours, best)[-1].campaign == here

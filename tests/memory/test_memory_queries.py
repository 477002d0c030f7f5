"""Look-up, lineage, text search, and the smaller records."""

import pytest

from discover.memory import (
    artifacts,
    calls,
    campaigns,
    candidates,
    claims,
    evaluations,
    insights,
    knowledge,
    ledger,
    lineage,
    lookup,
    predictions,
    text_search,
)
from discover.memory.calls import Call
from discover.memory.campaigns import NewCampaign
from discover.memory.check import check
from discover.memory.errors import AmbiguousId, UnknownId
from discover.memory.store import open_memory
from discover.space import Candidate, Evaluation, Status

NEW = NewCampaign("toy", "toy.py", "score", "max", 7, "30m")


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "discover.db") as opened:
        yield opened


@pytest.fixture
def campaign(memory):
    return campaigns.create(memory, NEW).id


def with_id(id_, **fields):
    return Candidate(id_ + "0" * (16 - len(id_)), f"x = '{id_}'", **fields)


def add(memory, campaign, *programs):
    for program in programs:
        candidates.propose(memory, campaign, program, author="a")


def test_a_candidate_is_found_by_the_beginning_of_its_id_or_by_its_name(memory, campaign):
    add(
        memory, campaign, with_id("abc1", name="gla"), with_id("abc2"), with_id("dead", name="abc2")
    )
    assert lookup.candidate(memory, "ABC1") == with_id("abc1").id
    assert lookup.candidate(memory, "gla") == with_id("abc1").id
    assert lookup.candidate(memory, "abc2") == with_id("abc2").id
    with pytest.raises(AmbiguousId, match=r"'abc' .* abc1000000000000, abc2000000000000$"):
        lookup.candidate(memory, "abc")


@pytest.mark.parametrize("text", ["beef", "", "%", "abc*", "x' OR 1", "\x00", "\ud800", "[red]"])
def test_an_unknown_id_is_one_line(memory, campaign, text):
    add(memory, campaign, with_id("abc1"))
    with pytest.raises(UnknownId, match="no candidate") as caught:
        lookup.candidate(memory, text)
    assert str(caught.value).isprintable()


def test_many_matches_are_not_all_listed(memory, campaign):
    add(memory, campaign, *(with_id(f"a{n}") for n in range(9)))
    with pytest.raises(AmbiguousId, match=r"a3000000000000\w+, \.\.\.$|, \.\.\.$") as caught:
        lookup.candidate(memory, "a")
    assert "a4" not in str(caught.value)


def test_a_campaign_is_found_by_prefix_and_as_the_last(memory, campaign):
    later = campaigns.create(memory, NEW).id
    assert lookup.campaign(memory, campaign[:8]) == campaign
    assert lookup.campaign(memory, "last") == later
    with pytest.raises(UnknownId, match="no campaign 'zz'"):
        lookup.campaign(memory, "zz")


def test_lineage_goes_both_ways_by_distance_each_once(memory, campaign):
    a, b = with_id("a"), with_id("b")
    c = with_id("c", parents=(a.id, b.id), operator="recombine", idea="both")
    d = with_id("d", parents=(c.id, a.id))
    add(memory, campaign, a, b, c, d)
    up = [(r.id, r.distance, r.via) for r in lineage.ancestors(memory, d.id)]
    assert up == [(c.id, -1, d.id), (a.id, -1, d.id), (b.id, -2, c.id)]
    down = [(r.id, r.distance) for r in lineage.descendants(memory, a.id)]
    assert down == [(c.id, 1), (d.id, 1)]
    assert lineage.ancestors(memory, d.id, depth=1)[-1].id == a.id
    assert lineage.relative(memory, c.id).operator == "recombine"


def test_two_campaigns_may_close_a_circle_of_parents(memory, campaign):
    a, b = with_id("a"), with_id("b", parents=(with_id("a").id,))
    add(memory, campaign, a, b)
    other = campaigns.create(memory, NEW).id
    candidates.propose(memory, other, with_id("a", parents=(b.id,)), author="x")
    assert [r.id for r in lineage.ancestors(memory, a.id)] == [b.id]


def test_search_finds_ideas_insights_knowledge_and_code(memory, campaign):
    program = Candidate.from_source("gated_delta_rule = 1", idea="decaying memories")
    add(memory, campaign, program, with_id("b", idea="a short convolution"))
    insights.add(memory, insights.Insight(campaign, "gates help recall", candidate=program.id))
    entry = knowledge.Knowledge("toy", "Author 2024", "recall is weak", "delta rule", "write less")
    assert knowledge.add(memory, entry)
    assert not knowledge.add(memory, entry)
    found = text_search.search(memory, "memory recall: the delta rule?")
    assert [hit.id for hit in found["idea"]] == [program.id]
    assert [hit.excerpt for hit in found["insight"]] == ["gates help recall"]
    assert [hit.id for hit in found["knowledge"]] == [entry.id]
    assert [hit.id for hit in found["code"]] == [program.id]
    assert knowledge.entries(memory, "toy") == [entry]
    assert check(memory) == []


@pytest.mark.parametrize("text", ['"', "NOT", "a AND", "*", "col:x", "(", "", "\x00", "-- ;"])
def test_search_takes_any_text_as_plain_words(memory, campaign, text):
    add(memory, campaign, with_id("b", idea="a short convolution"))
    assert text_search.search(memory, text)["insight"] == []


def test_model_calls_are_charged_and_can_be_replayed(memory, campaign):
    request = {"model": "m", "messages": [{"role": "user", "content": "hi \ud800"}]}
    call = Call(campaign, "coder", "m", request, {"text": "\ud800"}, "", 10, 5, 0.25, decision=3)
    calls.record(memory, call)
    calls.record(memory, Call(campaign, "coder", "m", request, error="timed out"))
    assert calls.replies(memory, request) == [{"text": "\ud800"}]
    assert calls.replies(memory, {"model": "other"}) == []
    assert calls.of_campaign(memory, campaign)[0] == call
    spent = ledger.spent(memory, campaign)
    assert (spent["tokens"], spent["usd"]) == (15, 0.25)


def test_predictions_stand_beside_the_first_score(memory, campaign):
    program = with_id("a")
    add(memory, campaign, program, with_id("b"))
    first = predictions.StoredPrediction(campaign, program.id, "quick", "ensemble", 0.4, 0.1)
    assert predictions.add(memory, first)
    assert not predictions.add(memory, predictions.StoredPrediction(*first.__dict__.values()))
    other = predictions.StoredPrediction(campaign, with_id("b").id, "quick", "ensemble", 0.2, 0.1)
    predictions.add(memory, other)
    for seed, score in enumerate((0.7, 0.9)):
        run = Evaluation(program.id, "quick", seed, Status.OK, metrics={"score": score})
        evaluations.finish(memory, campaign, run)
    judged = predictions.judged(memory, campaign)
    assert [(j.prediction, j.score) for j in judged] == [(first, 0.7), (other, None)]


def test_claims_and_artifacts_come_back(memory, campaign):
    add(memory, campaign, with_id("a"), with_id("b"))
    claim = claims.Claim(
        campaign, with_id("a").id, "gla", with_id("b").id, "quick", (1, 2, 3),
        0.1, -0.05, 0.2, 0.95, 4, "a is not shown to beat gla", False,
    )  # fmt: skip
    claims.add(memory, claim)
    assert claims.of_candidate(memory, with_id("a").id) == [claim]
    assert claims.of_campaign(memory, campaign) == [claim]
    id_ = with_id("a").id
    run = Evaluation(id_, "quick", 0, Status.OK, metrics={"score": 1.0}, notes={"trace": "a\0b"})
    number = evaluations.finish(memory, campaign, run)
    kept = artifacts.Artifact(campaign, "trace", "text/plain", "a\ufffdb".encode(), id_, number)
    assert artifacts.of_candidate(memory, id_) == [kept]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE ledger SET amount = 9 WHERE unit = 'device_s'", "charges differ"),
        ("DELETE FROM ledger WHERE unit = 'evaluations'", "charges differ"),
        ("UPDATE ledger SET amount = 1 WHERE unit = 'tokens'", "model call's charges"),
        ("UPDATE standings SET high = 9", "standing"),
        ("DELETE FROM standings", "standing"),
        ("INSERT INTO in_flight SELECT campaign, candidate, tier, seed, purpose, 1, 0"
         " FROM evaluations", "both in flight and ended"),
        ("DELETE FROM proposals", "missing"),
        ("DROP TRIGGER proposals_fts_insert;"
         "INSERT INTO proposals SELECT 99, id, (SELECT max(id) FROM candidates), NULL, 'x', 'y',"
         " 'z', 1, 0 FROM campaigns WHERE id NOT IN (SELECT campaign FROM proposals)",
         "proposals_fts"),
    ],
)  # fmt: skip
def test_check_names_what_does_not_add_up(memory, campaign, damage, words):
    parent, program = with_id("a"), with_id("b", parents=(with_id("a").id,))
    add(memory, campaign, parent, program)
    campaigns.create(memory, NEW)
    run = Evaluation(program.id, "quick", 0, Status.OK, metrics={"score": 0.5}, device_s=1.5)
    evaluations.finish(memory, campaign, run)
    calls.record(memory, Call(campaign, "coder", "m", {}, "ok", prompt_tokens=10))
    assert check(memory) == []
    memory.connection.execute("PRAGMA foreign_keys = OFF")
    memory.connection.executescript(damage)
    assert any(words in problem for problem in check(memory)), check(memory)

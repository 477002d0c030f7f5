"""The store: what goes in comes out, once, with its cost."""

import pytest

from discover.memory import campaigns, candidates, evaluations, events, ledger, standings
from discover.memory.campaigns import CampaignStatus, NewCampaign
from discover.memory.check import check
from discover.memory.errors import UnknownId
from discover.memory.evaluations import Purpose, Run
from discover.memory.store import open_memory
from discover.space import GATE, Candidate, Evaluation, Level, Status, make

NEW = NewCampaign("toy", "toy.py", "score", "max", 7, "30m", {"slots": 2})


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "discover.db") as opened:
        yield opened


def program(n, **fields):
    return Candidate.from_source(f"x = {n}", **fields)


def run_of(candidate, seed=0, score=0.5, **fields):
    return Evaluation(candidate.id, "quick", seed, Status.OK, metrics={"score": score}, **fields)


def test_a_candidate_comes_back_as_it_went_in(memory):
    campaign = campaigns.create(memory, NEW).id
    parents = [program(n) for n in (1, 2)]
    for parent in parents:
        candidates.propose(memory, campaign, parent, author="reference")
    child = program(
        3,
        blueprint=make("sum", make("x"), scale=2.5),
        parents=(parents[1].id, parents[0].id),
        level=Level.NODE,
        operator="recombine",
        idea="sum\tthe two\n",
        name="Ünïcode",
    )
    assert candidates.propose(memory, campaign, child, author="grammar", decision=4)
    assert candidates.get(memory, child.id) == child
    (*_, proposal) = candidates.proposals(memory, campaign)
    assert (proposal.candidate, proposal.author, proposal.decision) == (child, "grammar", 4)


def test_the_same_program_enters_a_campaign_once_and_another_campaign_too(memory):
    first, second = (campaigns.create(memory, NEW).id for _ in range(2))
    assert candidates.propose(memory, first, program(1, idea="one"), author="a")
    assert not candidates.propose(memory, first, program(1, idea="again"), author="a")
    assert candidates.propose(memory, second, program(1, idea="two"), author="b")
    assert candidates.get(memory, program(1).id).idea == "one"
    assert candidates.get(memory, program(1).id, second).idea == "two"


def test_an_unknown_parent_is_refused_and_leaves_nothing(memory):
    campaign = campaigns.create(memory, NEW).id
    with pytest.raises(UnknownId, match="parent feedfeedfeedfeed"):
        candidates.propose(memory, campaign, program(1, parents=("feed" * 4,)), author="a")
    assert not candidates.exists(memory, program(1).id)


def test_an_evaluation_comes_back_exactly(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    evaluation = Evaluation(
        program(1).id,
        "quick",
        -(2**63),
        Status.OK,
        metrics={"score": 0.1, "parameters": 12345.0},
        curves={"exact in float32": (1.5, float("inf")), "not": (0.1, 1e300), "none": ()},
        wall_s=1.25,
        cpu_s=2.5,
        device_s=1.5,
        isolation="S3",
    )
    evaluations.finish(memory, campaign, evaluation, purpose=Purpose.VERIFY)
    (stored,) = evaluations.of_candidate(memory, program(1).id)
    assert stored.evaluation == evaluation
    assert (stored.score, stored.run.purpose) == (0.1, "verify")


def test_a_run_is_stored_and_charged_once(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    evaluation = run_of(program(1), device_s=2.0, cpu_s=1.0)
    assert evaluations.finish(memory, campaign, evaluation) is not None
    assert evaluations.finish(memory, campaign, evaluation) is None
    expected = {"wall_s": 0.0, "evaluations": 1, "device_s": 2.0, "cpu_s": 1.0}
    assert ledger.spent(memory, campaign) == expected


def test_a_gate_run_costs_time_but_is_not_counted_as_an_evaluation(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    evaluation = Evaluation(program(1).id, GATE, 0, Status.REJECTED, "no", device_s=2.0)
    evaluations.finish(memory, campaign, evaluation)
    assert ledger.spent(memory, campaign) == {"wall_s": 0.0, "device_s": 2.0}
    assert check(memory) == []


def test_what_costs_nothing_is_no_entry_unless_it_is_to_be_charged_once(memory):
    campaign = campaigns.create(memory, NEW).id
    draft = Evaluation(program(1).id, GATE, 0, Status.OK, device_s=2.0)
    ledger.charge(memory, campaign, ledger.costs(draft), "gates on a draft")
    entries = memory.rows("SELECT unit, amount, note FROM ledger ORDER BY id")
    assert [tuple(entry) for entry in entries] == [("device_s", 2.0, "gates on a draft")]
    assert ledger.charge_once(memory, campaign, {"cpu_s": 0.0}, note="cut off")
    assert not ledger.charge_once(memory, campaign, {"cpu_s": 9.0}, note="cut off")
    assert ledger.spent(memory, campaign)["cpu_s"] == 0


def test_an_evaluation_whose_charge_fails_is_not_stored(memory, monkeypatch):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    evaluations.begin(memory, Run(campaign, program(1).id, "quick", 0))

    def fail(*_, **__):
        raise OSError("cut off here")

    monkeypatch.setattr(ledger, "enter", fail)
    with pytest.raises(OSError, match="cut off here"):
        evaluations.finish(memory, campaign, run_of(program(1)))
    assert list(evaluations.of_campaign(memory, campaign)) == []
    assert len(evaluations.in_flight(memory, campaign)) == 1


def test_a_shipped_result_is_not_charged(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    evaluation = run_of(program(1), device_s=2.0)
    evaluations.finish(memory, campaign, evaluation, purpose=Purpose.REFERENCE, charged=False)
    assert ledger.spent(memory, campaign) == {"wall_s": 0.0}


def test_what_was_cut_off_is_known_and_its_retry_counts_once(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    run = Run(campaign, program(1).id, "quick", 0)
    assert evaluations.begin(memory, run) == 1
    assert [flight.run for flight in evaluations.in_flight(memory, campaign)] == [run]
    assert evaluations.begin(memory, run) == 2
    evaluations.finish(memory, campaign, run_of(program(1)))
    assert evaluations.in_flight(memory, campaign) == []
    (stored,) = evaluations.of_campaign(memory, campaign)
    assert stored.attempt == 2


def test_a_metric_that_is_not_finite_is_refused_whole(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    with pytest.raises(ValueError, match=r"metric 'score' of \w+ is nan"):
        evaluations.finish(memory, campaign, run_of(program(1), score=float("nan")))
    assert list(evaluations.of_campaign(memory, campaign)) == []


def test_a_failed_run_has_no_score_even_with_metrics(memory):
    campaign = campaigns.create(memory, NEW).id
    candidates.propose(memory, campaign, program(1), author="a")
    failed = Evaluation(
        program(1).id, "quick", 0, Status.FAILED, "loss \ud800 exploded", {"score": 9.0}
    )
    evaluations.finish(memory, campaign, failed)
    (stored,) = evaluations.of_campaign(memory, campaign)
    assert stored.score is None
    assert stored.evaluation.reason == "loss \ufffd exploded"
    assert standings.best(memory, "toy", "quick") == []


def test_best_is_by_median_over_seeds_and_by_the_domains_direction(memory):
    campaign = campaigns.create(memory, NEW).id
    scores = {1: (0.1, 0.9, 0.2), 2: (0.5, 0.4, 0.6), 3: (0.3,)}
    for n, values in scores.items():
        candidates.propose(memory, campaign, program(n), author="a")
        for seed, score in enumerate(values):
            evaluations.finish(memory, campaign, run_of(program(n), seed, score))
    best = standings.best(memory, "toy", "quick")
    assert [s.candidate for s in best] == [program(n).id for n in (2, 3, 1)]
    assert (best[0].median, best[0].low, best[0].high, best[0].seeds) == (0.5, 0.4, 0.6, 3)
    assert [s.candidate for s in standings.best(memory, "toy", "quick", min_seeds=2)] == [
        program(n).id for n in (2, 1)
    ]
    campaigns.create(memory, NewCampaign("toy", "toy.py", "score", "min", 0, "1h"))
    assert standings.best(memory, "toy", "quick")[0].candidate == program(1).id


def test_several_changes_in_one_transaction_stand_or_fall_together(memory):
    campaign = campaigns.create(memory, NEW).id
    with pytest.raises(RuntimeError), memory.transaction():
        candidates.propose(memory, campaign, program(1), author="a")
        evaluations.finish(memory, campaign, run_of(program(1), device_s=1.0))
        raise RuntimeError
    assert not candidates.exists(memory, program(1).id)
    assert ledger.spent(memory, campaign) == {"wall_s": 0.0}


def test_a_failed_change_inside_a_transaction_fails_alone(memory):
    campaign = campaigns.create(memory, NEW).id
    with memory.transaction():
        events.append(memory, campaign, "kept", {})
        with pytest.raises(UnknownId):
            candidates.propose(memory, campaign, program(1, parents=("no",)), author="a")
    assert [event.kind for event in events.read(memory, campaign)] == ["kept"]
    assert not candidates.exists(memory, program(1).id)


def test_events_are_numbered_within_their_campaign(memory):
    first, second = (campaigns.create(memory, NEW).id for _ in range(2))
    assert events.append(memory, first, "a", {"n": 1}) == 1
    assert events.append(memory, second, "b", {}) == 1
    assert events.append(memory, first, "c", {"text": "\ud800"}) == 2
    assert [(e.sequence, e.kind) for e in events.read(memory, first)] == [(1, "a"), (2, "c")]
    assert events.read(memory, first)[1].data == {"text": "\ud800"}


def test_a_campaign_beats_and_ends(memory):
    campaign = campaigns.create(memory, NEW)
    assert campaign.config == {"slots": 2}
    assert campaigns.is_alive(campaign)
    campaigns.beat(memory, campaign.id, 1.5)
    campaigns.beat(memory, campaign.id, 2.0)
    campaigns.set_status(memory, campaign.id, CampaignStatus.DONE)
    ended = campaigns.get(memory, campaign.id)
    assert (ended.wall_s, ended.status) == (3.5, "done")
    assert not campaigns.is_alive(ended)

"""The archive's cells, the tiers that rank, and claims that were looked at again."""

import dataclasses
import re

import pytest

from discover.cli.card import describe
from discover.memory import (
    campaigns,
    candidates,
    claims,
    evaluations,
    events,
    open_memory,
    standings,
    summaries,
)
from discover.memory.browse.tree import tree_of
from discover.memory.cells import Point, grid, points
from discover.memory.scores import main_tier
from discover.space import Evaluation, Status

from .sample import fill, program


@pytest.mark.parametrize(("sign", "best"), [(1, "b"), (-1, "a")])
def test_each_cell_holds_the_best_of_its_kind(sign, best):
    points = [Point("a", 0.1, 1, 1), Point("b", 0.5, 1, 1), Point("c", 0.3, 2, 9)]
    found = grid(points, sign, bins=2)
    assert [(c.row, c.column, c.count, c.best) for c in found.cells] == [
        (0, 0, 2, best),
        (1, 1, 1, "c"),
    ]
    assert (found.xs, found.ys, found.total) == ((2,), (9,), 4)


def test_cells_hold_about_as_many_candidates_each_whatever_the_scale():
    found = grid([Point(str(n), n, 10.0**n) for n in range(64)], 1)
    assert [cell.count for cell in found.cells] == [8] * 8
    assert found.ys == ()


def test_no_points_make_no_cells():
    assert grid([], 1).cells == ()


@pytest.fixture
def memory(tmp_path):
    fill(tmp_path / "discover.db")
    with open_memory(tmp_path / "discover.db") as memory:
        yield memory


def test_a_candidate_lies_at_the_middle_of_what_its_runs_measured(memory):
    campaign = campaigns.latest(memory, "toy")
    scores = evaluations.scores_by_candidate(memory, campaign.id, "quick")
    assert [len(set(found)) for found in scores] == [3, 3]
    middles = sorted(sorted(found)[1] for found in scores)
    found = sorted(points(memory, campaign, "quick", "score", "loss"), key=lambda p: p.score)
    assert [p.score for p in found] == [p.x for p in found] == middles
    assert [p.y for p in found] == pytest.approx([1 - middle for middle in middles])
    assert {p.id for p in found} == {program(0).id, program(1).id}
    assert [p.y for p in points(memory, campaign, "quick", "loss", "")] == [0, 0]
    assert points(memory, campaign, "quick", "loss", "never measured") == []


def test_tiers_that_only_reject_are_not_ranked(memory):
    assert standings.ranked(memory) == [("toy", "quick"), ("toy", "standard")]
    campaign = campaigns.latest(memory, "toy").id
    events.append(memory, campaign, "begun", {"ranking": ["standard", "verify"]})
    assert standings.ranked(memory) == [("toy", "standard")]
    assert standings.places(memory) == [("toy", "quick"), ("toy", "standard")]


def test_a_campaign_is_shown_at_a_tier_that_ranks(memory):
    campaign = campaigns.latest(memory, "toy").id
    assert main_tier(memory, campaign) == "quick"
    events.append(memory, campaign, "begun", {"ranking": ["standard"]})
    assert main_tier(memory, campaign) == "standard"


def test_the_latest_look_at_a_comparison_stands(memory):
    (first,) = claims.of_candidate(memory, program(1).id)
    claims.add(memory, dataclasses.replace(first, holds=False, looks=2))
    claims.add(memory, dataclasses.replace(first, tier="quick"))
    found = claims.judged(memory, claims.of_candidate(memory, program(1).id))
    assert [j.verdict for j in found] == ["holds then, looked at again since", "not shown", "holds"]
    assert [j.holds for j in found] == [False, False, True]
    summary = summaries.summarise(memory, first.campaign)
    assert (summary.claims, summary.claims_held) == (3, 1)
    card = describe(memory, first.candidate).card
    said = re.findall(r"^- first beats baseline \((.*); seeds 1, 2, 3\)$", card, re.MULTILINE)
    assert said == [j.verdict for j in found]


def test_the_tree_has_the_scores_of_the_tables(memory):
    tree = tree_of(memory, campaigns.latest(memory, "toy").id)
    scores = dict(zip(tree["id"], tree["score"], strict=True))
    best = standings.best(memory, "toy", tree["tier"])
    assert {s.candidate: s.median for s in best} == {
        id_: score for id_, score in scores.items() if score is not None
    }
    assert best


def test_a_figure_stands_with_its_interval_in_one_row_of_the_card(memory):
    campaign = campaigns.latest(memory, "toy").id
    one = program(95)
    candidates.propose(memory, campaign, one, author="test")
    metrics = {"score": 0.5, "accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6, "x_low": 3}
    run = Evaluation(one.id, "quick", 0, Status.OK, metrics=metrics)
    evaluations.finish(memory, campaign, run)
    card = describe(memory, one.id).card
    assert "| quick | accuracy | 0.5 [0.4, 0.6] | 0.5 | 0.5 | 1 |" in card
    assert card.count("accuracy") == 1, "the ends have no rows of their own"
    assert r"| quick | x\_low | 3 |" in card and "In brackets" in card
    assert "In brackets" not in describe(memory, program(1).id).card


def test_a_card_says_why_there_is_no_score(memory):
    campaign = campaigns.latest(memory, "toy").id
    failed = program(96)
    candidates.propose(memory, campaign, failed, author="test")
    run = Evaluation(failed.id, "quick", 0, Status.FAILED, "it ended early")
    evaluations.finish(memory, campaign, run)
    assert "## Score\n\nNo run gave one.\n" in describe(memory, failed.id).card

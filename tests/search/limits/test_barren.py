"""A search that cannot get anywhere ends and says why; a tie is not worth a verification."""

from pathlib import Path

import pytest

from discover.memory import campaigns, claims, open_memory
from discover.memory.evaluations import Purpose, Run
from discover.search.campaign import loop
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.barren import MAX_REJECTED, BrokenStart, Rejections
from discover.search.limits.budget import Budget
from discover.search.limits.stop import Progress
from discover.search.setup.authors import CannotSearch
from discover.search.setup.settings import Settings
from discover.space import GATE, Evaluation, Status

TOY = (Path(__file__).parents[1] / "domains" / "toy.py").read_text()
NOTHING_YET = Progress({}, 0, None, 0)


@pytest.fixture
def search(tmp_path):
    """Run a changed toy; returns the summary, and the claims that were stored."""

    def run(old, new, budget="20evals"):
        assert old in TOY
        path = tmp_path / "toy.py"
        path.write_text(TOY.replace(old, new))
        settings = Settings(str(path), Budget.parse(budget), slots=1, value_model=False)
        with open_memory(tmp_path / "toy.db") as memory:
            summary = run_campaign(settings, memory)
            assert campaigns.get(memory, summary.campaign_id).status == "done"
            return summary, claims.of_campaign(memory, summary.campaign_id)

    return run


def test_start_programs_that_all_fail_end_the_search_with_the_reason(search):
    summary, _ = search("        if y < 0:", "        if True:", budget="1000evals")
    assert summary.reason == "no start program got a score; origin: line 2: Y is negative"
    assert summary.best == [] and summary.evaluations.get("gate", 0) < 5


def test_a_domain_whose_own_code_fails_ends_the_search_with_file_and_line(search):
    summary, _ = search("        if y < 0:", "        if self.nothing:", budget="1000evals")
    assert summary.reason.startswith(
        "no start program got a score; origin: the domain's own code failed: toy.py line "
    )
    assert "'Toy' object has no attribute 'nothing'" in summary.reason


def test_gates_that_reject_all_end_the_search(search, monkeypatch):
    monkeypatch.setattr(loop, "Rejections", lambda: Rejections(limit=7))
    summary, _ = search("% 4 != 2", "< -99", budget="1000evals")
    assert summary.reason == (
        "the gates rejected 7 candidates in a row; the last: "
        "even: X is 2 modulo 4, expected anything else"
    )
    assert summary.failures == {"rejected": 7}


def test_a_candidate_that_passes_starts_the_count_anew():
    rejections = Rejections(limit=2)
    run = Run("c", "x", GATE, 0)
    for status, reason in (("rejected", None), ("ok", None), ("rejected", None), ("failed", "2")):
        rejections.note(run, Evaluation("x", GATE, 0, Status(status), "why"))
        said = rejections(NOTHING_YET)
        assert (said is None) == (reason is None)
    assert said.startswith("the gates rejected 2 candidates in a row")
    assert Rejections().limit == MAX_REJECTED == 300


def test_nothing_stops_where_there_is_no_reference_or_one_works():
    assert BrokenStart({}, "quick")(NOTHING_YET) is None
    assert BrokenStart({"a": "first", "b": "second"}, "quick")(NOTHING_YET) is None


@pytest.mark.parametrize(
    ("runs", "stops"),
    [
        ([("quick", "failed")], True),
        ([("quick", "ok"), ("verify", "timeout")], False),
        ([("quick", "ok"), ("quick", "failed")], False),
        ([("verify", "timeout")], False),
    ],
)
def test_only_references_without_any_score_at_the_tier_that_ranks_stop_it(runs, stops):
    start = BrokenStart({"a": "first"}, "quick")
    for tier, status in runs:
        run = Run("c", "a", tier, 0, Purpose.REFERENCE)
        start.note(run, Evaluation("a", tier, 0, Status(status), "why"))
    assert start(NOTHING_YET) == ("no start program got a score; first: why" if stops else None)


def test_a_candidate_that_scores_exactly_as_the_reference_is_not_verified(search):
    summary, stored = search("-float((x - 7) ** 2 + (y - 3) ** 2) + 0.01 * seed", "0.5")
    assert summary.best and summary.best[0].score == summary.references[0].score == 0.5
    assert summary.comparisons == [] and stored == []
    assert summary.no_claim_reason == "every candidate scores exactly as origin does"
    searched = sum(n for tier, n in summary.evaluations.items() if tier != "gate")
    assert summary.spent["evaluations"] == searched + 1, "the reference once, and no verification"


LINE = 'return Measurement({"nearness": -float((x - 7) ** 2 + (y - 3) ** 2) + 0.01 * seed})'


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        ("float((x + y) % 2 == 0)", "every one of the best scores exactly as origin does"),
        ("float(x == y == 0)", "nothing scored better than origin in the search"),
    ],
)
def test_what_the_search_has_as_worse_than_the_reference_is_not_verified(search, score, reason):
    summary, stored = search(LINE, f'return Measurement({{"nearness": {score}}})', "40evals")
    assert summary.no_claim_reason == reason and stored == []
    searched = sum(n for tier, n in summary.evaluations.items() if tier != "gate")
    assert summary.spent["evaluations"] == searched + 1, "the reference once; the rest is kept"


@pytest.mark.parametrize(("noise", "verified"), [(0.2, True), (0.05, False)])
def test_what_is_behind_by_less_than_the_noise_may_be_verified(search, noise, verified):
    calibrated = f"""return Measurement({{"nearness": 1.0 if x == y == 0 else 0.9}})

    def noise(self, tier):
        return {noise}

    def reference_metrics(self, tier):
        return {{}}"""
    summary, stored = search(LINE, calibrated, "40evals")
    assert bool(summary.comparisons) == bool(stored) == verified


def test_a_domain_without_a_space_needs_a_model(search, monkeypatch):
    monkeypatch.delenv("DISCOVER_MODEL", raising=False)
    with pytest.raises(CannotSearch, match="toy has no space to draw candidates from, and no"):
        search("    space = Grid()", "    space = None")

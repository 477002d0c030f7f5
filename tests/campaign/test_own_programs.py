"""A campaign that starts from the user's own program, and has to beat it."""

from pathlib import Path

import pytest

from discover.evaluators.registry import load_domain
from discover.memory import candidates, claims, evaluations, open_memory
from discover.memory.evaluations import Purpose
from discover.search.authors import CannotSearch
from discover.search.budget import Budget
from discover.search.recheck import recheck
from discover.search.replay import replay
from discover.search.settings import Settings
from discover.search.start import resume_campaign, run_campaign

SPEC = str(Path(__file__).with_name("sampled.py"))
TOY = str(Path(__file__).with_name("toy.py"))
MINE = "X = 7\nY = 1\n"


@pytest.fixture
def memory(tmp_path):
    with open_memory(tmp_path / "m.db") as opened:
        yield opened


def settings(budget="80evals", spec=SPEC, **changes):
    return Settings(spec, Budget.parse(budget), **{"slots": 1, "value_model": False} | changes)


def test_ones_own_program_is_a_reference_of_its_campaign_and_of_no_other(memory):
    summary = run_campaign(settings(programs={"mine": MINE}), memory)
    scores = {row.name: row.score for row in summary.references}
    assert scores["mine"] == 0.25
    assert "mine" in [rival.name for rival in summary.validation.behind]
    assert summary.comparisons[0].reference == "mine", "it is the strongest"
    assert claims.of_campaign(memory, summary.campaign_id)[0].reference == "mine"
    assert "mine" not in load_domain(SPEC).references
    other = run_campaign(settings(seed=1), memory)
    assert "mine" not in [row.name for row in other.references]


def test_it_is_there_when_the_campaign_goes_on_is_replayed_and_rechecked(memory):
    def stop(progress):
        return "interrupted" if progress.evaluations >= 12 else None

    cut = run_campaign(settings(programs={"mine": MINE}), memory, stops=[stop])
    summary = resume_campaign(memory, cut.campaign_id)
    assert summary.comparisons[0].reference == "mine"
    ran = [s.run for s in evaluations.of_campaign(memory, cut.campaign_id)]
    mine = next(row.candidate_id for row in summary.references if row.name == "mine")
    searched = [r for r in ran if (r.candidate, r.tier) == (mine, "quick")]
    assert [r.purpose for r in searched] == [Purpose.REFERENCE]
    assert replay(memory, cut.campaign_id, runs=True).divergence is None
    best = summary.best[0].candidate_id
    assert recheck(memory, [best], "mine", tier="quick")[0].holds


def test_the_search_edits_it_where_it_is_known_as_a_blueprint(memory):
    first = run_campaign(settings(spec=TOY), memory)
    best = first.best[0].candidate_id
    source = candidates.get(memory, best).source + "# as it was exported\n"
    again = run_campaign(settings(spec=TOY, programs={"best": source}, fresh=True), memory)
    edited = memory.row(
        "SELECT count(*) AS n FROM parents JOIN proposals ON proposals.id = proposal"
        " WHERE parent = ? AND campaign = ?",
        (best, again.campaign_id),
    )
    assert edited["n"]


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("cheap", MINE, "cheap is the name of a reference"),
        ("mine", "X = (", "mine is not Python"),
        ("mine", "X = 0\nY = 0\nCOST = 0  # as the domain has it\n", "is the reference cheap"),
    ],
)
def test_what_cannot_be_a_start_is_told_before_anything_is_stored(memory, name, source, said):
    with pytest.raises(CannotSearch, match=said):
        run_campaign(settings(programs={name: source}), memory)
    assert not memory.row("SELECT count(*) AS n FROM campaigns")["n"]

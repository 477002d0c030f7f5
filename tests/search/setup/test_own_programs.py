"""A campaign that starts from the user's own program, and has to beat it."""

from pathlib import Path
from random import Random

import pytest

from discover.evaluators.registry import load_domain
from discover.memory import candidates, claims, evaluations, open_memory
from discover.memory.evaluations import Purpose
from discover.search.lifecycle.recheck import recheck
from discover.search.lifecycle.replay import replay
from discover.search.lifecycle.start import resume_campaign, run_campaign
from discover.search.limits.budget import Budget
from discover.search.setup.authors import CannotSearch
from discover.search.setup.own_programs import with_own_programs
from discover.search.setup.settings import Settings
from discover.space import Level

SPEC = str(Path(__file__).parents[1] / "domains" / "sampled.py")
TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")
CIRCLES = str(Path(__file__).parents[3] / "examples" / "circle_packing.py")
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


def test_a_domain_that_had_worked_out_its_references_has_ones_own_too(memory):
    for spec in ("linear-attention", CIRCLES):
        domain = load_domain(spec)
        assert domain.space is not None and len(domain.references) >= 1
        with_mine = with_own_programs(domain, settings(programs={"mine": "X = 1\n"}), memory)
        assert list(with_mine.references) == ["mine", *domain.references], "measured first"
        assert isinstance(with_mine, type(domain)) and "mine" not in domain.references


def test_the_search_edits_a_program_of_ones_own_where_its_space_edits_any(memory):
    source = load_domain(CIRCLES).references["grid"].source + "\nUNUSED = 12345\n"
    summary = run_campaign(settings("8evals", CIRCLES, programs={"mine": source}), memory)
    mine = next(row for row in summary.references if row.name == "mine")
    domain = with_own_programs(load_domain(CIRCLES), settings(programs={"mine": source}), memory)
    edits = domain.space.edits(domain.references["mine"].blueprint, Level.NODE, Random(0))
    assert mine.score > 0 and edits


def test_a_program_that_is_no_row_of_a_table_is_said_to_be_none(memory, tmp_path):
    (tmp_path / "t.csv").write_text("ops,val\n" + "".join(f"{i:04b},{i}\n" for i in range(16)))
    spec = tmp_path / "t.yaml"
    encoding = "{kind: digits, column: ops, length: 4}"
    spec.write_text(f"name: t\ntable: t.csv\nencoding: {encoding}\nquery: {{column: val}}\n")
    told = []
    run_campaign(
        settings("8evals", str(spec), programs={"mine": "X = 1\n"}),
        memory,
        observers=[lambda turn, progress: told.append(turn.message)],
    )
    assert any("mine" in said and "expected one literal" in said for said in told)
    alone = run_campaign(settings("8evals", str(spec)), memory)
    assert alone.spent["evaluations"] == 8, "nothing is kept where nothing can be verified"


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

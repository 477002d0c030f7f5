"""The summary of a campaign: whom it names, and why it claims nothing."""

from pathlib import Path

import pytest

from discover.memory import open_memory
from discover.search.claims.comparison import Comparison
from discover.search.lifecycle import phases
from discover.search.lifecycle.start import run_campaign
from discover.search.limits.budget import Budget
from discover.search.report.build_summary import SHOWN, build_summary
from discover.search.setup.settings import Settings

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """What the summary of a campaign that ended is made of."""
    parts = []
    with open_memory(tmp_path / "toy.db") as memory:
        monkeypatch.setattr(
            phases, "build_summary", lambda *given: parts.append(given) or build_summary(*given)
        )
        run_campaign(Settings(TOY, Budget.parse("40evals"), value_model=False), memory)
        yield parts[0]


def test_the_best_few_come_first_and_references_stand_apart(ended):
    summary = build_summary(*ended)
    scores = [row.score for row in summary.best]
    assert len(scores) == SHOWN and scores == sorted(scores, reverse=True)
    assert [row.name for row in summary.references] == ["origin"]
    assert not {r.candidate_id for r in summary.best} & {r.candidate_id for r in summary.references}


def compared(seeds, low):
    return Comparison("c" * 16, "origin", "quick", tuple(range(seeds)), 0.5, low, 0.9, 1)


@pytest.mark.parametrize(
    ("comparisons", "reason"),
    [
        ([], "there was nothing to compare"),
        ([compared(2, 0.1)], "the budget ran out before 3 pairs of runs were complete"),
        ([compared(2, 0.1), compared(3, -0.1)], "nothing is shown to beat the strongest reference"),
        ([compared(3, -0.1), compared(3, 0.1)], ""),
    ],
)
def test_why_nothing_is_claimed_is_said(ended, comparisons, reason):
    campaign, status, why, *_ = ended
    unclaimed = "" if comparisons else "there was nothing to compare"
    summary = build_summary(campaign, status, why, comparisons, unclaimed)
    assert summary.no_claim_reason == reason
    assert len(summary.sentences) == len(comparisons)

"""What the end of a campaign offers to take along."""

import pytest

from discover.cli.ending import report
from discover.memory.claims import Claim
from discover.memory.evaluations import Failed
from discover.search.report.coverage import ArchiveCoverage, TradeOff
from discover.search.report.hindsight import Agreement, Hindsight

from .test_cli_views import compared, summary


@pytest.mark.parametrize(("direction", "offered"), [("max", True), ("min", False)])
def test_code_that_is_behind_a_reference_is_not_offered(direction, offered):
    text = report(summary(direction=direction, no_claim_reason="x"))
    assert ("discover export aaaa" in text) == offered
    assert ("ahead of the references" in text) != offered
    assert "discover memory show aaaa" in text


def test_code_of_a_claim_that_holds_is_always_offered():
    assert "discover export cccc" in report(summary(direction="min", **compared(holds=True)))


def test_of_what_is_claimed_the_code_that_is_furthest_ahead_of_the_same_reference_is_offered():
    def claim(candidate, reference, ahead):
        seeds, bounds = (2000, 2001, 2002), {"low": 0.1, "high": 0.9}
        rest = {"confidence": 0.95, "looks": 1, "statement": f"{candidate} beats", "holds": True}
        return Claim(
            "c1", candidate, reference, None, "quick", seeds, difference=ahead, **bounds, **rest
        )

    before = [claim("dddd", "gdn", 0.3), claim("eeee", "constant", 0.8)]
    text = report(summary(**compared(holds=True), held_before=before))
    assert "discover export dddd" in text and "it holds:\n  dddd beats\n  eeee beats" in text
    assert "discover export cccc" in report(summary(**compared(holds=True), held_before=before[1:]))
    text = report(summary(no_claim_reason="no time", held_before=before[1:]))
    assert "Nothing new is claimed: no time." in text and "discover export eeee" in text


def test_a_domain_is_blamed_only_where_time_is_not():
    slow, broken = (
        report(summary(best=[], no_claim_reason="x", too_slow=slow)) for slow in (True, False)
    )
    assert "too slow for this budget" in slow and "to blame" not in slow
    assert "to blame" in broken and "too slow" not in broken
    assert "too slow" not in report(summary(no_claim_reason="x", too_slow=True))


def test_what_was_covered_is_said_in_figures():
    spread = ArchiveCoverage(("size", "depth"), 7, 7 / 64, 12.5)
    between = TradeOff(("accuracy", "size"), {"aaaa": (0.9, 3.0), "bbbb": (0.8, 2.0)}, 0.4321)
    text = report(summary(no_claim_reason="x", coverage=spread, trade_off=between))
    assert "7 of candidates and references, told apart by size, depth: 11% of all" in text
    assert "of all, QD-score 12.5" in text
    assert "Trade-offs between accuracy and size (hypervolume 0.432 of 1):" in text


def test_the_end_says_where_predictions_are_drawn_once_some_were_measured():
    def text(measured, at_standard):
        figures = {"tau": None, "spearman": None, "coverage": None, "calibration": None}
        dear = {"standard": Agreement(2, at_standard, **figures)}
        counts = {"considered": 0, "chosen": 0, "explored": 0, "saved": None}
        seen = Hindsight(9, measured, **figures, **counts, dear=dear)
        return report(summary(no_claim_reason="x", hindsight=seen))

    line = "\nPredictions     discover value report --plot FILE --db my.db\n"
    assert line in text(3, 0) and line in text(0, 1)
    assert "9 predictions" in text(0, 0) and "--plot" not in text(0, 0)
    assert "--plot" not in report(summary(no_claim_reason="x"))


def test_the_value_model_is_one_short_line_that_says_what_its_figure_means():
    counts = {"considered": 852, "chosen": 45, "explored": 6}
    counts |= {"predicted": 51, "measured": 51, "tau": 0.24, "spearman": 0.35}
    counts |= {"coverage": 0.86, "calibration": 0.03}
    few = Agreement(4, 1, None, None, None, None)
    dear = {"standard": Agreement(9, 8, 0.5, 0.6, 0.9, 0.02), "full": few}

    def line(**others):
        seen = Hindsight(**{**counts, "saved": None, "dear": {}, **others})
        text = report(summary(no_claim_reason="x", hindsight=seen))
        return next(row for row in text.splitlines() if row.startswith("  value model  "))

    ranked = "  value model  ranked 51 runs with Kendall tau 0.24 (1 is perfect, 0 is luck)"
    assert line() == line(saved=-3.0) == f"{ranked}; chose 45 of 852 proposals"
    assert line(saved=12.4).endswith(
        "; chose 45 of 852 proposals, about 12 runs fewer than by chance"
    )
    assert line(considered=0) == ranked
    after = "; at standard ranked 8 runs with Kendall tau 0.50"
    assert line(considered=0, dear=dear).startswith(f"{ranked}{after}; at full 4 predictions, ")
    two = line(predicted=2, measured=2, tau=-1.0, considered=0)
    assert two == "  value model  2 predictions, 2 measured: too few to judge"


def test_the_evaluations_add_up_and_the_gate_is_apart():
    counts = {"evaluations": {"gate": 29, "quick": 29}, "apart": {"reference": 1, "verify": 10}}
    text = report(summary(no_claim_reason="x", **counts))
    line = "40: 29 quick to search, 1 of references, 10 to verify; 29 at the gate, not counted"
    assert f"  evaluations  {line}\n" in text
    nothing = report(summary(no_claim_reason="x", evaluations={}))
    assert "  evaluations  none\n" in nothing


def test_runs_without_a_score_are_named_with_their_reasons():
    failed = [Failed("ffff", "quick", "failed", "no such\x1b thing", 2)]
    text = report(summary(no_claim_reason="x", failures={"failed": 2}, failed=failed))
    assert "ffff failed at quick (and 1 more): no such" in text and "\x1b" not in text

"""What the end of a campaign offers to take along."""

import pytest

from discover.cli.ending import report

from .test_cli_views import compared, summary


@pytest.mark.parametrize(("direction", "offered"), [("max", True), ("min", False)])
def test_code_that_is_behind_a_reference_is_not_offered(direction, offered):
    text = report(summary(direction=direction, no_claim_reason="x"))
    assert ("discover export aaaa" in text) == offered
    assert ("ahead of the references" in text) != offered
    assert "discover memory show aaaa" in text


def test_code_of_a_claim_that_holds_is_always_offered():
    assert "discover export cccc" in report(summary(direction="min", **compared(holds=True)))

"""The brief of linear-attention tells what references reach, where that was measured."""

from discover.evaluators.linear_attention.calibration import CalibrationError
from discover.evaluators.linear_attention.domain import LinearAttention

HEADING = "What the references reach"


class Nothing:
    """A calibration without any figures."""

    def table(self, tier):
        raise CalibrationError("nothing was measured")


def test_a_table_has_a_heading_and_no_table_has_none():
    head, _, table = LinearAttention().brief.partition(HEADING)
    assert "| gated-deltanet | 0." in table and "|---|" in table
    assert LinearAttention(Nothing()).brief.strip() == head.rstrip("# \n")

"""Ancestors' trend: from scores of a line of parents to a feature."""

import pytest

from discover.space import Candidate
from discover.value_model import Sample
from discover.value_model.contract import trend_of
from discover.value_model.dataset import Dataset
from discover.value_model.features import FAMILIES, Subject


@pytest.mark.parametrize(
    ("line", "trend"),
    [
        ([], None),
        ([5.0], None),
        ([5.0, 2.0], 3.0),
        ([5.0, 2.0, 1.0], 2.0),
        ([5.0, None, 1.0], None),  # a failed ancestor ends what is known
        ([5.0, 2.0, 1.0, -1.0, 100.0], 2.0),  # at most three edits back
    ],
)
def test_a_trend_is_the_mean_gain_an_edit(line, trend):
    assert trend_of(line) == trend


def test_it_is_a_feature_of_lineage_where_it_is_known():
    candidate = Candidate.from_source("x = 1\n")
    assert FAMILIES["lineage"].of(Subject(Sample(candidate, parent_score=3.0))) == {
        "parent's score": 3.0
    }
    bag = FAMILIES["lineage"].of(Subject(Sample(candidate, parent_score=3.0, trend=-0.5)))
    assert bag == {"parent's score": 3.0, "trend": -0.5}


def test_a_data_set_keeps_it(tmp_path):
    sample = Sample(Candidate.from_source("x = 1\n"), parent_score=3.0, trend=-0.5)
    data = Dataset((sample,), (1.0,))
    data.save(tmp_path / "set.gz")
    assert Dataset.load(tmp_path / "set.gz") == data

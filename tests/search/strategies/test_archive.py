"""The archive keeps the best of each kind, whatever the descriptors' range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.search.strategies.archive import Archive, Elite, place_of

results = st.lists(
    st.tuples(st.floats(-10, 10), st.floats(0, 1e6), st.floats(-1, 1)), min_size=1, max_size=80
)


def filled(rows):
    archive = Archive(bins=4)
    for i, (score, x, y) in enumerate(rows):
        archive.add(Elite(str(i), score, (x, y)))
    return archive


@given(results)
def test_every_cell_holds_the_best_that_falls_into_it(rows):
    archive = filled(rows)
    best = {}
    for score, x, y in rows:
        cell = archive.cell((x, y))
        best[cell] = max(best.get(cell, score), score)
    assert {cell: elite.score for cell, elite in archive.cells.items()} == best


@given(results)
def test_coverage_and_qd_score(rows):
    archive = filled(rows)
    worst = min(score for score, _, _ in rows)
    assert archive.coverage == len(archive.cells) / 16
    assert archive.qd_score == pytest.approx(sum(e.score - worst for e in archive.cells.values()))


def test_borders_follow_the_range():
    archive = Archive(bins=4)
    for i in range(64):
        archive.add(Elite(str(i), 0.0, (10.0**i,)))
    assert archive.coverage == 1.0


def test_a_long_search_holds_only_the_best_of_each_kind_and_its_last_results():
    archive = Archive(bins=4, buffer=16)
    for i in range(500):
        archive.add(Elite(str(i), 99.0 if i == 100 else i % 7, (i % 13, i % 5)))
    assert len(archive._seen) == 16
    assert max(archive, key=lambda elite: elite.score).id == "100"
    assert archive.qd_score == sum(elite.score for elite in archive), "the worst had 0"


def test_another_number_of_descriptors_is_refused():
    archive = Archive()
    archive.add(Elite("a", 1.0, (0.0, 1.0)))
    with pytest.raises(ValueError, match="candidate b: 1 descriptors, expected 2"):
        archive.add(Elite("b", 1.0, (0.0,)))


def test_a_place_needs_every_descriptor():
    assert place_of({"a": 1.0, "b": 2.0}, ("b", "a")) == (2.0, 1.0)
    assert place_of({"a": 1.0}, ("b", "a")) == () == place_of({"a": 1.0}, ())

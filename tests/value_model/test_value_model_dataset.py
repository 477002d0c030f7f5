"""Data sets survive a round trip, and strange files are one line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from discover.space import Candidate, Level, make
from discover.value_model import Sample
from discover.value_model.dataset import Dataset, DatasetError

CANDIDATE = Candidate(
    "id", "x = '\ud800'", make("mixer", make("leaf"), size=3), ("p",), Level.NODE, "mutate", "why"
)
DATA = Dataset(
    (Sample(CANDIDATE, "d", "quick", {"probe": 1.5}, 0.25), Sample(Candidate("b", ""))), (1.0, -2.0)
)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    DATA.save(tmp_path / "a.gz")
    assert Dataset.load(tmp_path / "a.gz") == DATA
    DATA.save(tmp_path / "b.gz")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"{}\n"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b'{"score": "nan"}\n'),
        gzip.compress(b"x" * 50)[:-10],
        gzip.compress(b"", mtime=0)[:10] + b"\xff" * 50,
    ],
)
def test_strange_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"strange\.gz") as caught:
        Dataset.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"score": 10**400},
        {"parent_score": 10**400},
        {"free": {"a": 10**400}},
        {"free": [1, 2]},
        {"free": None},
        {"blueprint": "mixer"},
    ],
)
def test_a_sample_that_was_tampered_with_is_refused_in_one_line(
    tmp_path: Path, spoilt: dict[str, object]
) -> None:
    path = tmp_path / "set.gz"
    DATA.save(path)
    first, second = map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
    lines = json.dumps(first), json.dumps(second | spoilt)
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(DatasetError, match=r"set\.gz line 2: not a sample") as caught:
        Dataset.load(path)
    assert "\n" not in str(caught.value)


def test_a_candidate_that_was_measured_often_is_there_once() -> None:
    child = Sample(CANDIDATE, "d", "quick", {}, 0.25)
    measured = Sample(CANDIDATE, "d", "quick", {"probe": 1.5})
    elsewhere = Sample(CANDIDATE, "d", "standard")
    data = Dataset((measured, child, elsewhere, child), (1.0, 2.0, 7.0, 4.0)).merged()
    assert data.scores == (2.0, 7.0)
    assert data.samples == (Sample(CANDIDATE, "d", "quick", {"probe": 1.5}, 0.25), elsewhere)

"""Data sets survive a round trip, and strange files are one line."""

from __future__ import annotations

import gzip
import json
import math
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
    ("content", "fault"),
    [
        (b"no gzip", ": not what `discover value train` wrote"),
        (gzip.compress(b"{}\n"), " line 1: score: is missing"),
        (gzip.compress(b"[" * 100_000), f" line 1: expected a JSON object, got '{'[' * 58}…"),
        (gzip.compress(b"\n\n[1]"), " line 3: expected a JSON object, got [1]"),
        (gzip.compress(b"[1]"), " line 1: expected a JSON object, got [1]"),
        (
            gzip.compress(b'{"score": "nan"}\n'),
            " line 1: score: expected a finite number, got 'nan'",
        ),
        (gzip.compress(b"x" * 50)[:-10], ": not a whole data set: it ends too early"),
        (
            gzip.compress(b"", mtime=0)[:10] + b"\xff" * 50,
            ": not what `discover value train` wrote",
        ),
    ],
)
def test_strange_files_are_refused_in_one_line(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "strange.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        Dataset.load(path)
    assert str(caught.value) == f"{path}{fault}"


@pytest.mark.parametrize(
    ("spoilt", "fault"),
    [
        ({"score": 10**400}, "score: expected a finite number, got 1000"),
        ({"score": math.inf}, "score: expected a finite number, got inf"),
        ({"parent_score": 10**400}, "parent_score: expected a number or null, got 1000"),
        ({"trend": "up"}, "trend: expected a number or null, got 'up'"),
        ({"free": {"a": 10**400}}, "free: expected an object of numbers, got {'a': 1000"),
        ({"free": [1, 2]}, r"free: expected an object of numbers, got \[1, 2\]"),
        ({"free": None}, "free: expected an object of numbers, got None"),
        ({"blueprint": "mixer"}, "blueprint: expected a blueprint or null, got 'mixer'"),
        ({"blueprint": {"a": 1}}, "blueprint: a blueprint's node is an object of production"),
        ({"parents": 3}, "parents: expected a list of texts, got 3"),
        ({"level": "deep"}, "level: expected framework, structure, node or null, got 'deep'"),
        ({"source": ["x"]}, r"source: expected a text, got \['x'\]"),
    ],
)
def test_a_sample_that_was_tampered_with_is_refused_in_one_line(
    tmp_path: Path, spoilt: dict[str, object], fault: str
) -> None:
    path = tmp_path / "set.gz"
    DATA.save(path)
    first, second = map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
    lines = json.dumps(first), json.dumps(second | spoilt)
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(DatasetError, match=rf"set\.gz line 2: {fault}") as caught:
        Dataset.load(path)
    assert "\n" not in str(caught.value)


def test_a_candidate_that_was_measured_often_is_there_once() -> None:
    child = Sample(CANDIDATE, "d", "quick", {}, 0.25)
    measured = Sample(CANDIDATE, "d", "quick", {"probe": 1.5})
    elsewhere = Sample(CANDIDATE, "d", "standard")
    data = Dataset((measured, child, elsewhere, child), (1.0, 2.0, 7.0, 4.0)).merged()
    assert data.scores == (2.0, 7.0)
    assert data.samples == (Sample(CANDIDATE, "d", "quick", {"probe": 1.5}, 0.25), elsewhere)

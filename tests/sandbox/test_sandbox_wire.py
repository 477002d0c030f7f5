"""The wire parser: whatever was written is read back, and whatever else comes is refused."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from discover.sandbox import ArraySpec, BytesSpec, wire

sys.path.insert(0, str(Path(__file__).parent))
from fuzz_wire import parse, spec_of

ARRAYS = hnp.arrays(
    st.sampled_from(sorted(wire.DTYPES)).map(np.dtype),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
BLOBS = st.dictionaries(st.text(max_size=8), ARRAYS | st.binary(max_size=50), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
FIELDS = st.dictionaries(st.text(max_size=8).filter(lambda key: key != "blobs"), JSON, max_size=4)


def as_bytes(fields, blobs):
    return b"".join(bytes(buffer) for buffer in wire.encode(fields, blobs))


def specs(blobs):
    return {name: spec_of(blob) for name, blob in blobs.items()}


@settings(max_examples=100, deadline=None)
@given(FIELDS, BLOBS)
def test_what_is_written_is_read_back(fields, blobs):
    got_fields, got = parse(as_bytes(fields, blobs), specs(blobs))
    assert repr(got_fields) == repr(fields)
    assert got.keys() == blobs.keys()
    for name, blob in blobs.items():
        if isinstance(blob, bytes):
            assert got[name] == blob
        else:
            assert (got[name].dtype, got[name].shape) == (blob.dtype, blob.shape)
            assert got[name].tobytes() == blob.tobytes()


@settings(max_examples=300, deadline=None)
@given(FIELDS, BLOBS, st.data())
def test_a_damaged_frame_is_refused_or_is_what_was_asked_for(fields, blobs, data):
    damaged = bytearray(as_bytes(fields, blobs))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    asked = specs(blobs)
    try:
        _, got = parse(bytes(damaged), asked)
    except wire.WireError:
        return
    assert got.keys() == asked.keys()
    for name, blob in got.items():
        assert not wire.mismatch(asked[name], spec_of(blob))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data):
    with pytest.raises(wire.WireError):
        parse(data, {})


@settings(max_examples=100, deadline=None)
@given(ARRAYS, ARRAYS)
def test_only_the_exact_array_is_taken(asked, sent):
    same = (asked.dtype, asked.shape) == (sent.dtype, sent.shape)
    frame = as_bytes({}, {"x": sent})
    if same:
        assert parse(frame, specs({"x": asked}))[1]["x"].tobytes() == sent.tobytes()
    else:
        with pytest.raises(wire.WireError):
            parse(frame, specs({"x": asked}))


@pytest.mark.parametrize(
    ("asked", "sent", "words"),
    [
        ({"x": ArraySpec("int8", (2,))}, {}, r"x: expected int8 \(2,\), got nothing"),
        ({"x": BytesSpec(3)}, {"x": b"1234"}, "a body of 4 bytes; at most 3"),
        ({"x": BytesSpec(9)}, {"x": np.zeros(1)}, r"expected at most 9 bytes, got float64 \(1,\)"),
        ({"y": BytesSpec(9)}, {"x": b"1", "y": b"2"}, "'x' was not asked for"),
    ],
)
def test_a_refusal_says_what_was_expected_and_what_came(asked, sent, words):
    with pytest.raises(wire.WireError, match=words):
        parse(as_bytes({}, sent), asked)


def test_big_endian_and_strided_arrays_arrive_as_they_are():
    array = np.arange(12, dtype=">i4").reshape(3, 4).T[::2]
    _, got = parse(as_bytes({}, {"x": array}), {"x": ArraySpec("int32", (2, 3))})
    assert got["x"].tolist() == array.tolist()


def test_objects_and_records_do_not_travel():
    with pytest.raises(ValueError, match="do not travel"):
        wire.encode({}, {"x": np.array([object()])})

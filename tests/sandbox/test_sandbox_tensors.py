"""Weights from a candidate: read as safetensors reads them, and refused where it would lie."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save

from discover.sandbox import ProtocolViolation
from discover.sandbox.tensors import read_entries

KINDS = ["bool", "int8", "uint8", "int16", "int32", "int64", "float16", "float32", "float64"]
ARRAYS = hnp.arrays(
    st.sampled_from(KINDS).map(np.dtype), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)
)


def file(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def entry(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("abc.", min_size=1, max_size=6), ARRAYS, min_size=1, max_size=4))
def test_what_safetensors_writes_is_read_back(arrays):
    data = save(arrays)
    got = read_entries(data)
    assert got.keys() == arrays.keys()
    for name, array in arrays.items():
        entry = got[name]
        kind = {"b": "BOOL", "i": "I", "u": "U", "f": "F"}[array.dtype.kind]
        bits = "" if kind == "BOOL" else str(8 * array.itemsize)
        assert (entry.dtype, entry.shape) == (kind + bits, array.shape)
        assert entry.numbers == array.size
        assert data[entry.start : entry.end] == array.tobytes()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_well_formed(data):
    damaged = bytearray(save({"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.int64)}))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        entries = read_entries(bytes(damaged))
    except ProtocolViolation:
        return
    assert sum(entry.end - entry.start for entry in entries.values()) == 24 + 32


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too few"),
        (struct.pack("<Q", 1 << 60) + b"{}", "a header of"),
        (file([1]), "not an object"),
        (struct.pack("<Q", 500_000) + b"[" * 500_000, "not JSON"),
        (b'\x14\0\0\0\0\0\0\0{"a": {}, "a": {}}  ', "twice"),
        (file({"a": entry(shape=(1 << 40, 1 << 40))}), "takes"),
        (file({"a": entry(shape=(2**32, 2**32))}, b"1234"), "takes"),
        (file({"a": entry(shape=(-1,))}, b"1234"), "no proper"),
        (file({"a": entry(shape=(True,))}, b"1234"), "no proper"),
        (file({"a": entry(dtype="PICKLE")}, b"1234"), "no proper"),
        (file({"a": entry(offsets=(4, 8))}, b"12345678"), "begins at"),
        (file({"a": entry(), "b": entry()}, b"1234"), "begins at"),
        (file({"a": entry()}, b"12345"), "end at"),
    ],
)
def test_a_file_that_lies_is_refused(data, words):
    with pytest.raises(ProtocolViolation, match=words):
        read_entries(data)


def test_too_many_tensors_are_refused():
    empty = entry(shape=(0,), offsets=(0, 0))
    assert len(read_entries(file({str(n): empty for n in range(10_000)}))) == 10_000
    with pytest.raises(ProtocolViolation, match="10001 tensors; at most 10000"):
        read_entries(file({str(n): empty for n in range(10_001)}))

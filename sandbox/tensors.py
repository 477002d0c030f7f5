"""Read safetensors bytes that a candidate wrote: every size is checked before it is used.

Source of the format: the safetensors README. Eight bytes of header size, a JSON header that
gives each tensor's dtype, shape and byte range, then the tensors without gaps. This reader
refuses what that format forbids, and whatever is over its own bounds.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

from .contract import ProtocolViolation

MAX_HEADER_BYTES = 1 << 20
MAX_DIMENSIONS = 16
MAX_TENSORS = 10_000
_LENGTH = struct.Struct("<Q")
_SIZES = {
    **dict.fromkeys(("BOOL", "U8", "I8"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
"""Bytes of a number of each dtype."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of a file: `start` and `end` are offsets from the file's first byte."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    @property
    def numbers(self) -> int:
        return math.prod(self.shape)


def read_entries(data: bytes) -> dict[str, TensorEntry]:
    """The tensors of a safetensors file by name, in the order of their bytes.

    Raises ProtocolViolation for anything but a well-formed file.
    """
    base, header = _header(data)
    header.pop("__metadata__", None)
    if len(header) > MAX_TENSORS:
        raise _malformed(f"{len(header)} tensors; at most {MAX_TENSORS} are taken")
    entries = {name: _entry(name, fields, base) for name, fields in header.items()}
    ordered = dict(sorted(entries.items(), key=lambda item: (item[1].start, item[1].end)))
    at = base
    for name, entry in ordered.items():
        if entry.start != at:
            raise _malformed(f"{name[:80]!r} begins at byte {entry.start}, expected {at}")
        at = entry.end
    if at != len(data):
        raise _malformed(f"the tensors end at byte {at} of {len(data)}")
    return ordered


def _header(data: bytes) -> tuple[int, dict[str, Any]]:
    """Where the tensors begin, and the parsed header."""
    if len(data) < _LENGTH.size:
        raise _malformed(f"{len(data)} bytes are too few")
    (size,) = _LENGTH.unpack_from(data)
    if size > min(MAX_HEADER_BYTES, len(data) - _LENGTH.size):
        raise _malformed(f"a header of {size} bytes in a file of {len(data)}")
    base = _LENGTH.size + size
    try:
        header = json.loads(data[_LENGTH.size : base], object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"its header is not JSON: {error}") from None
    if not isinstance(header, dict):
        raise _malformed("its header is not an object")
    return base, header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _entry(name: str, fields: Any, base: int) -> TensorEntry:
    match fields:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [start, end]} if (
            dtype in _SIZES
            and len(shape) <= MAX_DIMENSIONS
            and all(type(n) is int and 0 <= n < 1 << 48 for n in (*shape, start, end))
        ):
            entry = TensorEntry(dtype, tuple(shape), base + start, base + end)
        case _:
            raise _malformed(f"{name[:80]!r} has no proper dtype, shape and data_offsets")
    size = entry.numbers * _SIZES[dtype]
    if entry.end - entry.start != size:
        raise _malformed(f"{name[:80]!r} takes {size} bytes, its range {end - start}")
    return entry


def _malformed(reason: str) -> ProtocolViolation:
    return ProtocolViolation(f"the weights are not a safetensors file: {reason}")

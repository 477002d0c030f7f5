"""How records become columns: text, JSON and curves."""

from __future__ import annotations

import array
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` without what SQLite cannot hold as text: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


def to_json(value: Any) -> str:
    """ASCII JSON with sorted keys; raises ValueError for a NaN or an infinity."""
    return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    return json.loads(text)


def pack(values: Sequence[float]) -> tuple[str, bytes]:
    """A curve as (dtype, little-endian bytes): in 4 bytes a point where that is exact."""
    double = array.array("d", values)
    try:
        single = array.array("f", double)
        if array.array("d", single) == double:
            return "<f4", _little_endian(single).tobytes()
    except OverflowError:
        pass  # beyond a float32's range: the doubles below hold it
    return "<f8", _little_endian(double).tobytes()


def unpack(dtype: str, data: bytes) -> tuple[float, ...]:
    """The curve that `pack` made into bytes."""
    values = array.array("f" if dtype == "<f4" else "d")
    values.frombytes(data)
    return tuple(_little_endian(values))


def _little_endian(values: array.array[float]) -> array.array[float]:
    if sys.byteorder == "big":
        values.byteswap()
    return values

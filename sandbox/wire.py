"""The wire format: one frame is a prefix, a JSON head and the raw bytes of its blobs.

    prefix  4 bytes magic, head size (uint32), body size (uint64), little endian
    head    a JSON object; "blobs" lists name, dtype and shape, or name and size
    body    the blobs' bytes in that order, arrays in C order and little endian

Nothing here is ever unpickled, and nothing is allocated before its size was checked
against what the reader is willing to take.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .contract import ArraySpec, BytesSpec

MAGIC = b"DSC1"
PREFIX = struct.Struct("<4sIQ")
MAX_HEAD = 1 << 20
MAX_BLOBS = 4096
_BITS = {"int": (8, 16, 32, 64), "uint": (8, 16, 32, 64), "float": (16, 32, 64)}
DTYPES = frozenset({"bool"} | {f"{kind}{n}" for kind, bits in _BITS.items() for n in bits})

Blob = np.ndarray | bytes
Buffer = bytes | memoryview


class WireError(Exception):
    """Bytes that are not a frame, or not the frame that was asked for."""


@dataclass(frozen=True)
class Head:
    """A frame's fields, and what its body holds, in order."""

    fields: dict[str, Any]
    blobs: tuple[tuple[str, ArraySpec | BytesSpec], ...]


def size_of(spec: ArraySpec | BytesSpec) -> int:
    """Bytes that a blob of this `spec` takes (at most, for a byte string)."""
    if isinstance(spec, BytesSpec):
        return spec.max_size
    return math.prod(spec.shape) * np.dtype(spec.dtype).itemsize


def is_blob(value: Any) -> bool:
    """Whether `value` travels in a frame's body rather than in its head."""
    return isinstance(value, np.ndarray | bytes)


def as_json(spec: ArraySpec | BytesSpec) -> Any:
    """A spec as a frame's head says it."""
    return spec.max_size if isinstance(spec, BytesSpec) else [spec.dtype, list(spec.shape)]


def from_json(entry: Any) -> ArraySpec | BytesSpec:
    """The spec that `as_json` wrote. For the child, which trusts the parent."""
    return BytesSpec(entry) if isinstance(entry, int) else ArraySpec(entry[0], tuple(entry[1]))


def encode(fields: Mapping[str, Any], blobs: Mapping[str, Blob]) -> list[Buffer]:
    """A frame as buffers to be written in order; arrays are not copied where contiguous.

    Raises ValueError for an array whose dtype has no place on the wire, and for a head
    over the limit; TypeError for what JSON cannot say.
    """
    described = [_describe(name, blob) for name, blob in blobs.items()]
    head = json.dumps({**fields, "blobs": described}).encode()
    if len(head) > MAX_HEAD:
        raise ValueError(f"{len(head)} bytes of JSON; a frame takes {MAX_HEAD}")
    buffers = [_raw(blob) for blob in blobs.values()]
    body_size = sum(len(buffer) for buffer in buffers)
    return [PREFIX.pack(MAGIC, len(head), body_size), head, *buffers]


def _describe(name: str, blob: Blob) -> list[Any]:
    if isinstance(blob, bytes):
        return [name, len(blob)]
    if blob.dtype.name not in DTYPES:
        raise ValueError(f"{name}: arrays of {blob.dtype} do not travel; use {sorted(DTYPES)}")
    return [name, blob.dtype.name, list(blob.shape)]


def _raw(blob: Blob) -> Buffer:
    if isinstance(blob, bytes):
        return blob
    little = blob.astype(blob.dtype.newbyteorder("<"), order="C", copy=False)
    return little.reshape(-1).view(np.uint8).data


def decode_prefix(prefix: bytes, *, max_body: int) -> tuple[int, int]:
    """The sizes of head and body. Raises WireError for other bytes or for too many."""
    magic, head_size, body_size = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise WireError(f"expected a frame, got the bytes {prefix[:8].hex()}")
    if head_size > MAX_HEAD:
        raise WireError(f"a head of {head_size} bytes; at most {MAX_HEAD} are taken")
    if body_size > max_body:
        raise WireError(f"a body of {body_size} bytes; at most {max_body} were asked for")
    return head_size, body_size


def decode_head(data: bytes, body_size: int) -> Head:
    """Parse a head and check that its blobs add up to the body. Raises WireError."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the head is not JSON: {error}") from None
    if not isinstance(fields, dict) or not isinstance(fields.get("blobs"), list):
        raise WireError('the head is not an object with a list "blobs"')
    listed = fields.pop("blobs")
    if len(listed) > MAX_BLOBS:
        raise WireError(f"{len(listed)} blobs; a frame takes {MAX_BLOBS}")
    blobs = tuple(_parse_blob(entry) for entry in listed)
    if len({name for name, _ in blobs}) != len(blobs):
        raise WireError("two blobs have the same name")
    total = sum(size_of(spec) for _, spec in blobs)
    if total != body_size:
        raise WireError(f"the blobs take {total} bytes, the body has {body_size}")
    return Head(fields, blobs)


def _parse_blob(entry: Any) -> tuple[str, ArraySpec | BytesSpec]:
    match entry:
        case [str(name), int(size)] if _is_size(size):
            return name, BytesSpec(size)
        case [str(name), str(dtype), list(shape)] if (
            dtype in DTYPES and len(shape) <= 16 and all(_is_size(n) for n in shape)
        ):
            return name, ArraySpec(dtype, tuple(shape))
    raise WireError("a blob is neither [name, size] nor [name, dtype, shape]")


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 48


def check_asked(head: Head, asked: Mapping[str, ArraySpec | BytesSpec]) -> None:
    """Raise WireError unless the frame holds exactly the blobs that were asked for."""
    got = dict(head.blobs)
    for name, spec in asked.items():
        if name not in got:
            raise WireError(f"{name}: expected {show(spec)}, got nothing")
        if mismatch(spec, got[name]):
            raise WireError(f"{name}: expected {show(spec)}, got {show(got[name])}")
    surplus = sorted(got.keys() - asked.keys())
    if surplus:
        raise WireError(f"{surplus[0][:80]!r} was not asked for")


def mismatch(asked: ArraySpec | BytesSpec, got: ArraySpec | BytesSpec) -> bool:
    """Whether `got` is something else than `asked`, or more of it."""
    if isinstance(asked, BytesSpec):
        return not isinstance(got, BytesSpec) or got.max_size > asked.max_size
    return asked != got


def show(spec: ArraySpec | BytesSpec) -> str:
    """A spec in words: "float32 (2, 64)" or "at most 10 bytes"."""
    if isinstance(spec, BytesSpec):
        return f"at most {spec.max_size} bytes"
    return f"{spec.dtype} {spec.shape}"


def allocate(blobs: Sequence[tuple[str, ArraySpec | BytesSpec]]) -> dict[str, np.ndarray]:
    """Room for the blobs of a checked head: read the body into these, in order."""
    return {
        name: np.empty(spec.max_size, np.uint8)
        if isinstance(spec, BytesSpec)
        else np.empty(spec.shape, np.dtype(spec.dtype).newbyteorder("<"))
        for name, spec in blobs
    }


def views(rooms: Mapping[str, np.ndarray]) -> Iterator[memoryview]:
    """The writable bytes of allocated room, in order."""
    return (room.reshape(-1).view(np.uint8).data for room in rooms.values() if room.size)


def finish(head: Head, rooms: Mapping[str, np.ndarray]) -> dict[str, Blob]:
    """Filled room as the blobs that the head announced."""
    return {
        name: rooms[name].tobytes() if isinstance(spec, BytesSpec) else rooms[name]
        for name, spec in head.blobs
    }

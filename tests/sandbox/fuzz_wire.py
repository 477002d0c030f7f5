"""A fuzz target for the frame parser, and a loop that drives it without a fuzzer.

    python tests/sandbox/fuzz_wire.py [seconds] [seed]

Under atheris or another coverage-guided fuzzer, call `target(data)`.
"""

import random
import sys
import time
from collections.abc import Mapping

from discover.sandbox import ArraySpec, BytesSpec, wire

ASKED = {"logits": ArraySpec("float32", (2, 3)), "weights": BytesSpec(64)}


def parse(
    data: bytes, asked: Mapping[str, ArraySpec | BytesSpec]
) -> tuple[dict[str, object], dict[str, wire.Blob]]:
    """The frame at the start of `data`, as the parent takes it. Raises WireError."""
    most = sum(wire.size_of(spec) for spec in asked.values())
    prefix, rest = data[: wire.PREFIX.size], data[wire.PREFIX.size :]
    if len(prefix) < wire.PREFIX.size:
        raise wire.WireError("too short")
    head_size, body_size = wire.decode_prefix(prefix, max_body=most)
    if len(rest) < head_size + body_size:
        raise wire.WireError("too short")
    head = wire.decode_head(rest[:head_size], body_size)
    wire.check_asked(head, asked)
    rooms = wire.allocate(head.blobs)
    body = rest[head_size:]
    for view in wire.views(rooms):
        view[:] = body[: len(view)]
        body = body[len(view) :]
    return head.fields, wire.finish(head, rooms)


def spec_of(blob: wire.Blob) -> ArraySpec | BytesSpec:
    """The spec that describes `blob` exactly."""
    if isinstance(blob, bytes):
        return BytesSpec(len(blob))
    return ArraySpec(blob.dtype.name, blob.shape)


def target(data: bytes) -> bool:
    """Whether the frame was taken. Nothing but WireError may leave the parser."""
    try:
        _, blobs = parse(data, ASKED)
    except wire.WireError:
        return False
    assert blobs.keys() == ASKED.keys()
    assert all(not wire.mismatch(ASKED[k], spec_of(v)) for k, v in blobs.items())
    return True


def mutate(data: bytes, randomness: random.Random) -> bytes:
    """`data` with a few bytes changed, cut, doubled or swapped for telling ones."""
    changed = bytearray(data)
    for _ in range(randomness.randint(1, 8)):
        at = randomness.randrange(len(changed) + 1)
        match randomness.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([randomness.randrange(256)])
            case 1:
                del changed[at : at + randomness.randrange(8)]
            case 2:
                changed[at:at] = changed[at : at + randomness.randrange(32)]
            case 3:
                changed[at:at] = randomness.choice([b"[", b"{", b'"', b"-1", b"1e999", b"null"])
    body_size = randomness.choice([0, 24, 27])
    if randomness.random() < 0.7 and len(changed) > wire.PREFIX.size + body_size:
        head_size = len(changed) - wire.PREFIX.size - body_size
        changed[: wire.PREFIX.size] = wire.PREFIX.pack(wire.MAGIC, head_size, body_size)
    return bytes(changed)


def seeds() -> list[bytes]:
    """Well-formed frames to start from: right, wrong and empty answers."""
    import numpy as np

    right = {"logits": np.zeros((2, 3), np.float32), "weights": b"abc"}
    answers = [({"kind": "answer", "value": {"loss": 1.5}}, right), ({"kind": "error"}, {})]
    return [b"".join(map(bytes, wire.encode(*answer))) for answer in answers]


def main(seconds: float = 10.0, seed: int = 0) -> None:
    randomness, corpus, runs, taken = random.Random(seed), seeds(), 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutate(randomness.choice(corpus), randomness)
        runs += 1
        if target(data):
            taken += 1
            corpus = [*corpus[-1000:], data[:4096]]
    print(f"{runs} frames, {taken} of them taken, no escape")


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:2]), *map(int, sys.argv[2:3]))

"""Random generators by decision, so that every choice can be made again."""

from __future__ import annotations

import hashlib
from random import Random


def generator(seed: int, *decision: str | int) -> Random:
    """The generator of one decision of a campaign: the same arguments, the same draws."""
    key = ":".join(map(str, (seed, *decision)))
    return Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]))

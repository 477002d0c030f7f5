"""How many numbers a model's weights hold, counted from the bytes that a child sent."""

from __future__ import annotations

import re

from ...sandbox.tensors import read_entries

_MIXER = re.compile(r"blocks\.\d+\.mixer\.")


def stored_numbers(weights: bytes) -> int:
    """All numbers of a safetensors file, buffers included.

    Raises ProtocolViolation where it is not well formed.
    """
    return sum(entry.numbers for entry in read_entries(weights).values())


def mixer_numbers(weights: bytes) -> int:
    """Those that belong to the mixers of a Model, by their names."""
    entries = read_entries(weights)
    return sum(entry.numbers for name, entry in entries.items() if _MIXER.match(name))

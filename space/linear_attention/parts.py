"""The library's functions and classes as source, to be copied into rendered modules."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ..parts import Part, read_parts

ORDER = ("layout", "position", "initial", "convolution", "attention", "additive", "delta")


@cache
def library() -> tuple[Part, ...]:
    """Every part, in the order in which a module defines them."""
    return read_parts(files(__package__) / "library", ORDER)

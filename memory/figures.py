"""How many digits a figure needs beside others."""

from __future__ import annotations

import math
from collections.abc import Iterable

FEWEST, MOST = 4, 6
"""Significant digits."""


def digits(values: Iterable[float | None]) -> int:
    """So many significant digits that those of `values` which differ look different, from
    `FEWEST` to `MOST`."""
    known = [v for v in values if v is not None and math.isfinite(v)]
    enough = _different(known, MOST)
    return next(n for n in range(FEWEST, MOST + 1) if _different(known, n) == enough)


def _different(values: Iterable[float], digits: int) -> int:
    return len({f"{value:.{digits}g}" for value in values})

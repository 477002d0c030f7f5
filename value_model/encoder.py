"""From named figures to distances between candidates, one matrix a family."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .features import Kind
from .graphs import Bag

Array = NDArray[np.float32]

MAX_COLUMNS = 1024
"""Words of a family that get a column; rarer ones count in the length alone."""

LARGEST = 1e15
"""Its square still fits in single precision."""

_ABSENT: Mapping[Kind, float] = {"counts": 0.0, "amounts": 0.0, "figures": np.nan}


@dataclass(frozen=True)
class Row:
    """A bag with its names as numbers: `names` and `values` (entries,)."""

    names: NDArray[np.int64]
    values: Array


class Vocabulary:
    """Numbers the names of a family in the order in which they are first seen."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def row(self, bag: Bag) -> Row:
        """The bag's row; what is not finite is left out, and the huge is cut to LARGEST."""
        numbers = self._numbers
        names = np.array([numbers.setdefault(name, len(numbers)) for name in bag], np.int64)
        values = np.array(list(bag.values()), np.float64)
        kept = np.isfinite(values)
        return Row(names[kept], np.clip(values[kept], -LARGEST, LARGEST).astype(np.float32))


@dataclass(frozen=True)
class Encoded:
    """Candidates in a family: `columns` (n, d), and what none of them holds.

    `beyond` (n,) is the squared length in directions that have no column: what the
    training rows never showed. It makes unknown candidates far from everything known.
    """

    columns: Array
    beyond: Array


@dataclass(frozen=True)
class Columns:
    """How one family is written as columns, learnt from training rows.

    `column` is each name's column or -1, by its number in the vocabulary; `unit` the
    usual squared distance between two training rows, 0 where all are alike.
    """

    kind: Kind
    column: NDArray[np.int64]
    centre: Array
    scale: Array
    unit: float

    @classmethod
    def learn(cls, kind: Kind, rows: Sequence[Row], vocabulary: int) -> Columns:
        """From the training rows, with the size of their vocabulary."""
        seen = np.bincount(np.concatenate([row.names for row in rows]), minlength=vocabulary)
        chosen = np.argsort(-seen, kind="stable")[: min(MAX_COLUMNS, int((seen > 0).sum()))]
        column = np.full(vocabulary, -1)
        column[chosen] = np.arange(len(chosen))
        raw = _dense(rows, column, len(chosen), kind).astype(np.float64)
        centre = np.nanmean(raw, axis=0)
        spread = np.where(np.isnan(raw), centre, raw).std(axis=0)
        if kind == "counts":
            scale = np.ones_like(centre)
        else:
            scale = np.where(spread > 1e-6 * (1 + np.abs(centre)), spread, np.inf)
        columns = cls(kind, column, centre.astype(np.float32), scale.astype(np.float32), 1.0)
        encoded = columns.encode(rows)
        apart = squared_distances(encoded, encoded).sum(dtype=np.float64)
        unit = float(apart / max(1, len(rows) * (len(rows) - 1)))
        return replace(columns, unit=unit if unit > 1e-6 else 0.0)

    def encode(self, rows: Sequence[Row]) -> Encoded:
        raw = _dense(rows, self.column, len(self.centre), self.kind)
        # Centred, so that distances keep their digits in single precision.
        columns = np.where(np.isnan(raw), np.float32(0), (raw - self.centre) / self.scale)
        beyond = np.zeros(len(rows), np.float32)
        if self.kind == "counts":
            whole = np.array([np.maximum(row.values, 0).sum() for row in rows], np.float32)
            beyond = np.maximum(whole - (raw**2).sum(axis=1), 0)
            beyond[beyond < 1e-4 * whole] = 0
        return Encoded(columns, beyond)


def _dense(rows: Sequence[Row], column: NDArray[np.int64], columns: int, kind: Kind) -> Array:
    """Rows as (n, columns), counts by their square root."""
    dense = np.full((len(rows), columns), _ABSENT[kind], np.float32)
    which = np.repeat(np.arange(len(rows)), [len(row.names) for row in rows])
    names = np.concatenate([row.names for row in rows])
    values = np.concatenate([row.values for row in rows])
    place = np.full(len(names), -1)
    place[names < len(column)] = column[names[names < len(column)]]
    known = place >= 0
    kept = values[known]
    dense[which[known], place[known]] = np.sqrt(np.maximum(kept, 0)) if kind == "counts" else kept
    return dense


def squared_distances(a: Encoded, b: Encoded) -> Array:
    """(len(a), len(b)); unknown directions of two candidates are orthogonal."""
    left = (a.columns**2).sum(axis=1) + a.beyond
    right = (b.columns**2).sum(axis=1) + b.beyond
    products = a.columns @ b.columns.T
    products *= -2
    products += left[:, None]
    products += right
    return np.maximum(products, 0, out=products)

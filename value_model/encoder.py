"""From named figures to distances between candidates, one matrix a family."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .features import Kind
from .graphs import Bag

Array = NDArray[np.float32]
Ints = NDArray[np.int64]

MAX_COLUMNS = 1024
"""Words of a family that get a column; rarer ones count in the length alone."""

LARGEST = 1e15
"""Its square still fits in single precision."""

_ABSENT: Mapping[Kind, float] = {"counts": 0.0, "amounts": 0.0, "figures": np.nan}

Row: TypeAlias = "tuple[array[int], array[float]]"
"""A bag with its names as numbers: packed, since thousands are kept."""


class Vocabulary:
    """Numbers the names of a family in the order in which they are first seen."""

    def __init__(self) -> None:
        self._numbers: defaultdict[Hashable, int] = defaultdict(count().__next__)

    def row(self, bag: Bag) -> Row:
        return array("q", map(self._numbers.__getitem__, bag)), array("d", bag.values())

    @property
    def names(self) -> Sequence[Hashable]:
        """All names so far, by their numbers."""
        return list(self._numbers)


@dataclass(frozen=True)
class Rows:
    """Bags of several candidates in one family, their entries one after the other.

    `names` and `values` (entries,), and how many each candidate has, `lengths` (n,).
    """

    names: Ints
    values: Array
    lengths: Ints

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Rows:
        """What is not finite counts as nothing, and the huge is cut to LARGEST."""
        rows = list(rows)
        values = np.frombuffer(b"".join(row[1] for row in rows), np.float64)
        values = np.where(np.isfinite(values), values, np.nan)
        return cls(
            np.frombuffer(b"".join(row[0] for row in rows), np.int64),
            np.clip(values, -LARGEST, LARGEST).astype(np.float32),
            np.array([len(row[0]) for row in rows], np.int64),
        )

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def owners(self) -> Ints:
        """Whose each entry is, (entries,)."""
        return np.repeat(np.arange(len(self)), self.lengths)


@dataclass(frozen=True)
class Encoded:
    """Candidates in a family: `columns` (n, d), and `squares` (n,), their squared lengths.

    The lengths take in directions that have no column: what the training rows never
    showed. They make unknown candidates far from everything known.
    """

    columns: Array
    squares: Array

    def __len__(self) -> int:
        return len(self.squares)

    def __getitem__(self, part: slice | Ints) -> Encoded:
        return Encoded(self.columns[part], self.squares[part])

    def __add__(self, more: Encoded) -> Encoded:
        return Encoded(
            np.concatenate([self.columns, more.columns]),
            np.concatenate([self.squares, more.squares]),
        )


@dataclass(frozen=True)
class Columns:
    """How one family is written as columns, learnt from training rows.

    `column` is each name's column or -1, by its number in the vocabulary; `unit` the
    usual squared distance between two training rows, 0 where all are alike.
    """

    kind: Kind
    column: Ints
    centre: Array
    scale: Array
    unit: float

    @classmethod
    def learn(cls, kind: Kind, rows: Rows) -> Columns:
        """The most frequent names of the training rows get columns.

        Ties are settled by first sight in the rows: nothing depends on the vocabulary.
        """
        size = int(rows.names.max(initial=-1)) + 1
        seen = np.bincount(rows.names, minlength=size)
        first = np.zeros(size, np.int64)
        first[rows.names[::-1]] = np.arange(len(rows.names))[::-1]
        order = np.lexsort((first, -seen))
        chosen = order[: min(MAX_COLUMNS, int((seen > 0).sum()))]
        column = np.full(size, -1)
        column[chosen] = np.arange(len(chosen))
        raw = _dense(rows, column, len(chosen), kind).astype(np.float64)
        known = ~np.isnan(raw)
        centre = np.where(known, raw, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        spread = np.where(known, raw, centre).std(axis=0)
        if kind == "counts":
            scale = np.ones_like(centre)
        else:
            scale = np.where(spread > 1e-6 * (1 + np.abs(centre)), spread, np.inf)
        columns = cls(kind, column, centre.astype(np.float32), scale.astype(np.float32), 1.0)
        encoded = columns.encode(rows)
        apart = squared_distances(encoded, encoded).sum(dtype=np.float64)
        unit = float(apart / max(1, len(rows) * (len(rows) - 1)))
        return replace(columns, unit=unit if unit > 1e-6 else 0.0)

    @property
    def numbers(self) -> Ints:
        """The number in the vocabulary of each column's name, (d,)."""
        found = np.empty(len(self.centre), np.int64)
        found[self.column[self.column >= 0]] = np.flatnonzero(self.column >= 0)
        return found

    def weighed(self, weights: Array, unit: float) -> Columns:
        """The same, each column stretched by its weight (d,); `unit` is then the usual distance."""
        return replace(self, scale=self.scale / weights, unit=unit)

    def encode(self, rows: Rows) -> Encoded:
        raw = _dense(rows, self.column, len(self.centre), self.kind)
        # Centred, so that distances keep their digits in single precision.
        columns = (raw - self.centre) / self.scale
        columns[np.isnan(columns)] = 0
        squares = (columns**2).sum(axis=1)
        if self.kind == "counts":
            counts = np.maximum(np.nan_to_num(rows.values), 0)
            whole = np.bincount(rows.owners, counts, len(rows)).astype(np.float32)
            beyond = whole - (raw**2).sum(axis=1)
            squares += np.where(beyond > 1e-4 * whole, beyond, 0)
        return Encoded(columns, squares)


def _dense(rows: Rows, column: Ints, columns: int, kind: Kind) -> Array:
    """Rows as (n, columns), counts by their square root."""
    dense = np.full((len(rows), columns), _ABSENT[kind], np.float32)
    place = np.full(max(len(column), int(rows.names.max(initial=-1)) + 1), -1)
    place[: len(column)] = column
    where = place[rows.names]
    kept = (where >= 0) & np.isfinite(rows.values)
    values = rows.values[kept]
    values = np.sqrt(np.maximum(values, 0)) if kind == "counts" else values
    dense[rows.owners[kept], where[kept]] = values
    return dense


def squared_distances(a: Encoded, b: Encoded) -> Array:
    """(len(a), len(b)); unknown directions of two candidates are orthogonal."""
    import torch  # whose threads can be counted; those of NumPy's products cannot

    products: Array = (torch.from_numpy(a.columns) @ torch.from_numpy(b.columns).T).numpy()
    products *= -2
    products += a.squares[:, None]
    products += b.squares
    return np.maximum(products, 0, out=products)

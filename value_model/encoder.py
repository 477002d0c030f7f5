"""From named figures to distances between candidates, one matrix a family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .features import Kind
from .graphs import Bag

Array = NDArray[np.float64]

MAX_COLUMNS = 1024
"""Words of a family that get a column; rarer ones count in the length alone."""


_ABSENT: Mapping[Kind, float] = {"counts": 0.0, "amounts": 0.0, "figures": np.nan}


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
    """How one family is written as columns, learnt from training rows."""

    kind: Kind
    names: Mapping[str, int]
    centre: Array
    scale: Array
    unit: float
    """The usual squared distance between two training rows; 0 where all are alike."""

    @classmethod
    def learn(cls, kind: Kind, bags: Sequence[Bag]) -> Columns:
        seen = Counter(name for bag in bags for name in bag)
        chosen = sorted(seen, key=lambda name: (-seen[name], name))[:MAX_COLUMNS]
        names = {name: i for i, name in enumerate(chosen)}
        centre, scale = np.zeros(len(names)), np.ones(len(names))
        if kind != "counts":
            raw = _dense(bags, names, fill=_ABSENT[kind])
            centre = np.nanmean(raw, axis=0) if len(names) else centre
            raw = np.where(np.isnan(raw), centre, raw)
            spread = raw.std(axis=0)
            scale = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, np.inf)
        columns = cls(kind, names, centre, scale, 1.0)
        distances = squared_distances(columns.encode(bags), columns.encode(bags))
        apart = distances[np.triu_indices(len(bags), 1)]
        unit = float(np.mean(apart)) if len(apart) else 0.0
        return cls(kind, names, centre, scale, unit if unit > 1e-12 else 0.0)

    def encode(self, bags: Sequence[Bag]) -> Encoded:
        if self.kind != "counts":
            raw = _dense(bags, self.names, fill=_ABSENT[self.kind])
            missing = np.isnan(raw)
            columns = np.where(missing, 0.0, (raw - self.centre) / self.scale)
            return Encoded(columns, np.zeros(len(bags)))
        columns = np.sqrt(np.maximum(_dense(bags, self.names, fill=0.0), 0.0))
        whole = np.array([sum(max(v, 0.0) for v in bag.values()) for bag in bags])
        return Encoded(columns, np.maximum(whole - (columns**2).sum(axis=1), 0.0))


def _dense(bags: Sequence[Bag], names: Mapping[str, int], fill: float) -> Array:
    """Bags as rows, (n, d); `fill` where a bag lacks the name."""
    dense = np.full((len(bags), len(names)), fill)
    for row, bag in zip(dense, bags, strict=True):
        for name, value in bag.items():
            if name in names:
                row[names[name]] = value
    return dense


def squared_distances(a: Encoded, b: Encoded) -> Array:
    """(len(a), len(b)); unknown directions of two candidates are orthogonal."""
    left = (a.columns**2).sum(axis=1) + a.beyond
    right = (b.columns**2).sum(axis=1) + b.beyond
    return np.maximum(left[:, None] + right[None, :] - 2 * a.columns @ b.columns.T, 0.0)

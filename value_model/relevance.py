"""How much each label counts when candidates are compared.

Every label that more than one family speaks of has a weight, by which the columns that speak
of it are stretched: where some labels make no difference to the score, candidates that differ
in them alone come to lie near each other. A label has one weight for all places and families,
so that a few dozen results can say something of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .describer import Describer
from .encoder import Columns, Encoded, squared_distances
from .features import FAMILIES

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """How many labels there are, and which one each column (d,) of a family speaks of.

    Columns that speak of none have the number `count`.
    """

    count: int
    spoken: Mapping[str, Ints]

    @classmethod
    def of(cls, describe: Describer, columns: Mapping[str, Columns]) -> Labels:
        """Labels that more than one family speaks of, in the order in which they are met."""
        words: dict[str, list[str]] = {}
        for name, column in columns.items():
            label = FAMILIES[name].label
            if label is not None:
                names = describe.names(name)
                words[name] = [label(str(names[number])) for number in column.numbers]
        families = Counter(word for found in words.values() for word in dict.fromkeys(found))
        families.pop("", None)
        number = {word: i for i, word in enumerate(w for w, n in families.items() if n > 1)}
        none = len(number)
        return cls(
            none,
            {
                name: np.array([number.get(word, none) for word in found])
                for name, found in words.items()
            },
        )


class Metric:
    """Squared distances of rows of every family, as the weights of labels make them."""

    def __init__(
        self, columns: Mapping[str, Columns], rows: Mapping[str, Encoded], labels: Labels
    ) -> None:
        self.labels = labels
        self._columns = columns
        self._rows = {name: torch.from_numpy(rows[name].columns) for name in labels.spoken}
        self._beyond = {
            name: torch.from_numpy(rows[name].squares) - (self._rows[name] ** 2).sum(dim=1)
            for name in labels.spoken
        }
        self._plain = {
            name: torch.from_numpy(squared_distances(rows[name], rows[name]) / column.unit)
            for name, column in columns.items()
            if name not in labels.spoken
        }

    def __call__(self, weights: Tensor) -> Tensor:
        """(families, n, n), each in units of its mean, under log `weights` (labels,)."""
        found = []
        for name in self._columns:
            if name in self._plain:
                found.append(self._plain[name])
            else:
                apart = self._apart(name, weights)
                found.append(apart / _unit(apart))
        return torch.stack(found)

    def weigh(self, weights: Tensor) -> dict[str, Columns]:
        """The columns with the weights in them."""
        weighed = dict(self._columns)
        for name in self.labels.spoken:
            unit = float(_unit(self._apart(name, weights)))
            weighed[name] = weighed[name].weighed(self._each(name, weights).numpy(), unit)
        return weighed

    def _each(self, name: str, weights: Tensor) -> Tensor:
        """The weight of each column (d,)."""
        return torch.cat([weights.exp(), torch.ones(1)])[self.labels.spoken[name]]

    def _apart(self, name: str, weights: Tensor) -> Tensor:
        rows = self._rows[name] * self._each(name, weights)
        squares = (rows**2).sum(dim=1) + self._beyond[name]
        return (squares[:, None] + squares - 2 * rows @ rows.T).clamp_min(0)


def _unit(apart: Tensor) -> Tensor:
    """The mean squared distance of two rows; never nothing."""
    return (apart.sum() / (len(apart) * (len(apart) - 1))).clamp_min(1e-6)

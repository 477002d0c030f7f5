"""An exact search over vectors of which a query has few dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .embedding import Vectors


class Exact:
    """Vectors in the order of insertion, found by their inner product with a query.

    Held in half precision, one row a dimension, so that a query reads only those it has:
    100,000 vectors of 1,024 take 200 MB.
    """

    def __init__(self, dimensions: int) -> None:
        self.filled = np.zeros(dimensions, dtype=np.int64)
        """How many vectors have each dimension."""
        self._blocks: list[np.ndarray] = []

    def __len__(self) -> int:
        return sum(block.shape[1] for block in self._blocks)

    def add(self, vectors: np.ndarray) -> None:
        """Insert one vector a row, numbered on from those before."""
        self.filled += np.count_nonzero(vectors, axis=0)
        self._blocks.append(np.ascontiguousarray(vectors.T, dtype="<f2"))
        # Blocks at least halve in size, so there are few of them, and each is rarely copied.
        while len(self._blocks) > 1 and self._blocks[-2].shape[1] <= 2 * self._blocks[-1].shape[1]:
            last = self._blocks.pop()
            self._blocks[-1] = np.concatenate((self._blocks[-1], last), axis=1)

    def nearest(self, query: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the vectors most like `query`, best first, and their likeness."""
        used = np.flatnonzero(query)
        kept = query[used].astype(np.float32)
        likeness = np.concatenate([kept @ b[used].astype(np.float32) for b in self._blocks])
        top = np.argpartition(-likeness, min(limit, len(likeness) - 1))[:limit]
        top = top[np.lexsort((top, -likeness[top]))]
        return top, likeness[top]

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """Some of the vectors, one a row, in that order."""
        found = np.empty((len(numbers), len(self.filled)), dtype=np.float32)
        for row, number in zip(found, numbers, strict=True):
            for block in self._blocks:
                if number < block.shape[1]:
                    row[:] = block[:, number]
                    break
                number -= block.shape[1]
        return found

    def blocks(self) -> Iterator[Vectors]:
        """All vectors, one a row, in their order, many at a time."""
        for block in self._blocks:
            yield block.T.astype(np.float32)

"""An approximate search over very many vectors: a hierarchical navigable small world.

Malkov and Yashunin 2018, arXiv:1603.09320, as hnswlib builds it. Building takes long, so only
a process that lives long has one; see docs/memory.md for what was measured.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from .embedding import Vectors

NEIGHBOURS = 32
"""Edges of a vector on each layer, M in the paper: more find more and take more memory."""
BREADTH_OF_BUILDING = 200
BREADTH_OF_SEARCH = 400
"""Candidates that are kept while inserting and while searching, ef in the paper."""


def available() -> bool:
    """Whether hnswlib is installed: `pip install archdiscover[large]`."""
    return find_spec("hnswlib") is not None


class Graph:
    """Vectors in the order of insertion, found by their inner product with a query."""

    def __init__(self, dimensions: int, *, seed: int = 0) -> None:
        import hnswlib

        self.breadth = BREADTH_OF_SEARCH
        self._index: Any = hnswlib.Index(space="ip", dim=dimensions)
        self._index.init_index(
            max_elements=1024, M=NEIGHBOURS, ef_construction=BREADTH_OF_BUILDING, random_seed=seed
        )
        self._index.set_num_threads(1)

    def __len__(self) -> int:
        count: int = self._index.get_current_count()
        return count

    def add(self, vectors: Vectors) -> None:
        """Insert one vector a row, numbered on from those before."""
        size = len(self) + len(vectors)
        if size > self._index.get_max_elements():
            self._index.resize_index(max(size, 2 * self._index.get_max_elements()))
        self._index.add_items(vectors, np.arange(len(self), size))

    def nearest(self, query: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the vectors most like `query`, best first, and their likeness."""
        limit = min(limit, len(self))
        self._index.set_ef(max(self.breadth, limit))
        numbers, distances = self._index.knn_query(query[None, :], k=limit)
        return numbers[0].astype(np.int64), 1 - distances[0]

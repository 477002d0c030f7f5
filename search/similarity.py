"""How unlike two candidates are: by what stands where, by their graphs, by their figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ..space import Blueprint
from ..space.wiring import neighbourhoods, wiring
from ..value_model import Sample

Array = np.ndarray
SOURCE_WORDS = 400
COLUMNS = 512


@dataclass(frozen=True)
class View:
    """One candidate: words by position, words of its graph with counts, figures by name."""

    places: Mapping[str, float]
    graph: Mapping[str, float]
    figures: Mapping[str, float]


def view(sample: Sample) -> View:
    """What a sample shows before its run."""
    blueprint = sample.candidate.blueprint
    if blueprint is None:
        words = sample.candidate.source.split()[:SOURCE_WORDS]
        pairs = (f"{a} {b}" for a, b in pairwise(words))
        return View(dict.fromkeys(pairs, 1.0), {}, sample.free)
    graph = wiring(blueprint)
    counts = neighbourhoods(graph) if graph else {}
    roots = {word: float(count) ** 0.5 for word, count in counts.items()}
    return View(
        dict.fromkeys(_places(blueprint), 1.0), roots, {**sample.free, **_numbers(blueprint)}
    )


def _places(blueprint: Blueprint) -> Iterable[str]:
    for path, node in blueprint.walk():
        if path:
            yield f"{path}:{node.production}"
        for name, value in node.params:
            yield f"{path}:{name}={value}"


def _numbers(blueprint: Blueprint) -> Mapping[str, float]:
    """Numeric parameters, so that 32 is nearer to 64 than to 512."""
    return {
        f"{path}:{name}": value
        for path, node in blueprint.walk()
        for name, value in node.params
        if isinstance(value, float)
    }


@dataclass
class Vectors:
    """Bags of words as vectors of unit length; words share `COLUMNS` places in turn."""

    _columns: dict[str, int] = field(default_factory=dict)

    def of(self, bag: Mapping[str, float]) -> Array:
        """(COLUMNS,), all zero for an empty bag."""
        vector = np.zeros(COLUMNS, np.float32)
        for word, weight in bag.items():
            vector[self._columns.setdefault(word, len(self._columns)) % COLUMNS] += weight
        return vector / max(float(np.linalg.norm(vector)), 1e-12)


def cosine_distances(a: Array, b: Array) -> Array:
    """(n, w) and (m, w) of unit rows -> (n, m) in 0..1."""
    return np.clip(1.0 - a @ b.T, 0.0, 1.0).astype(np.float64)


@dataclass(frozen=True)
class FigureScale:
    """Figures as their ranks among those of the known candidates: no unit matters."""

    names: tuple[str, ...]
    known: tuple[Array, ...]

    @classmethod
    def of(cls, figures: Sequence[Mapping[str, float]]) -> FigureScale:
        names = sorted({name for each in figures for name in each})
        columns = {
            n: np.sort([f[n] for f in figures if np.isfinite(f.get(n, np.nan))]) for n in names
        }
        kept = [n for n in names if len(np.unique(columns[n])) > 1]
        return cls(tuple(kept), tuple(np.unique(columns[n]) for n in kept))

    def matrix(self, figures: Sequence[Mapping[str, float]]) -> Array:
        """(candidates, names) around 0..1, linear beyond the known; 0.5 where missing."""
        raw = np.array([[f.get(n, np.nan) for n in self.names] for f in figures])
        raw = raw.reshape(len(figures), len(self.names))
        scaled = np.empty_like(raw)
        for i, known in enumerate(self.known):
            scaled[:, i] = np.interp(raw[:, i], known, np.linspace(0.0, 1.0, len(known)))
        return np.where(np.isfinite(scaled), scaled, 0.5)


def squared_distances(a: Array, b: Array) -> Array:
    """(n, f) and (m, f) -> (n, m): mean squared difference over the figures."""
    if not a.shape[1]:
        return np.zeros((len(a), len(b)))
    return ((a[:, None] - b[None]) ** 2).mean(axis=2)

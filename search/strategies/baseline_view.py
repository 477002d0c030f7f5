"""What the baselines see of a candidate: what stands where, and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ...space import Blueprint
from ...value_model import Sample

SOURCE_WORDS = 400


@dataclass(frozen=True)
class View:
    """One candidate: words by position, and figures by name."""

    places: Mapping[str, float]
    figures: Mapping[str, float]


def view(sample: Sample) -> View:
    """What a sample shows before its run."""
    blueprint = sample.candidate.blueprint
    if blueprint is None:
        words = sample.candidate.source.split()[:SOURCE_WORDS]
        pairs = (f"{a} {b}" for a, b in pairwise(words))
        return View(dict.fromkeys(pairs, 1.0), sample.free)
    return View(dict.fromkeys(_places(blueprint), 1.0), {**sample.free, **_numbers(blueprint)})


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

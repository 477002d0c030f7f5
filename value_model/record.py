"""A scored sample as a JSON object, and back: one line of a data set, which may be anybody's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from sys import float_info
from typing import Any

from ..harmless import shown
from ..space import Blueprint, Candidate, Level
from .contract import Sample


def to_line(sample: Sample, score: float) -> str:
    candidate = sample.candidate
    fields = {
        "score": score,
        "id": candidate.id,
        "source": candidate.source,
        "blueprint": candidate.blueprint.to_dict() if candidate.blueprint else None,
        "parents": list(candidate.parents),
        "level": candidate.level,
        "operator": candidate.operator,
        "idea": candidate.idea,
        "domain": sample.domain,
        "tier": sample.tier,
        "free": dict(sample.free),
        "parent_score": sample.parent_score,
        "trend": sample.trend,
    }
    return json.dumps(fields, sort_keys=True)


def from_line(line: str) -> tuple[Sample, float]:
    """The sample and the score in a line; raises ValueError that says which field is amiss."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"expected a JSON object, got {shown(line)}") from None
    if not isinstance(data, dict):
        raise ValueError(f"expected a JSON object, got {shown(data)}")
    data.setdefault("trend", None)  # older files have none
    for name, (expected, fits) in _FIELDS.items():
        if name not in data:
            raise ValueError(f"{name}: is missing")
        if not fits(data[name]):
            raise ValueError(f"{name}: expected {expected}, got {shown(data[name])}")
    return _sample(data), float(data["score"])


def _sample(data: Mapping[str, Any]) -> Sample:
    parent, trend = data["parent_score"], data["trend"]
    return Sample(
        _candidate(data),
        domain=data["domain"],
        tier=data["tier"],
        free={name: float(value) for name, value in data["free"].items()},
        parent_score=None if parent is None else float(parent),
        trend=None if trend is None else float(trend),
    )


def _candidate(data: Mapping[str, Any]) -> Candidate:
    try:
        blueprint = Blueprint.from_dict(data["blueprint"]) if data["blueprint"] else None
    except ValueError as error:
        raise ValueError(f"blueprint: {error}") from None
    return Candidate(
        id=data["id"],
        source=data["source"],
        blueprint=blueprint,
        parents=tuple(data["parents"]),
        level=Level(data["level"]) if data["level"] else None,
        operator=data["operator"],
        idea=data["idea"],
    )


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):  # a float holds no larger ones
        return abs(value) <= float_info.max
    return isinstance(value, float)


def _or_null(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


_FIELDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "score": ("a finite number", lambda value: _number(value) and math.isfinite(value)),
    **dict.fromkeys(("id", "source", "operator", "idea", "domain", "tier"), ("a text", _text)),
    "blueprint": ("a blueprint or null", _or_null(lambda value: isinstance(value, dict))),
    "parents": (
        "a list of texts",
        lambda value: isinstance(value, list) and all(map(_text, value)),
    ),
    "level": (f"{', '.join(Level)} or null", _or_null(lambda value: value in list(Level))),
    "free": (
        "an object of numbers",
        lambda value: isinstance(value, dict) and all(map(_number, value.values())),
    ),
    "parent_score": ("a number or null", _or_null(_number)),
    "trend": ("a number or null", _or_null(_number)),
}
"""What a line holds: of each field what is expected, and whether a value fits."""

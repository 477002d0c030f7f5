"""What a user's domain must be, checked when it is loaded: one line names what is wrong."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from ..harmless import shown
from ..space import GATE, Direction
from .domain import DomainError, Objective, Tier

REQUIRED = (
    "name",
    "brief",
    "references",
    "tiers",
    "objectives",
    "descriptors",
    "preload",
    "gate",
    "run",
)


def validate(spec: str, domain: object) -> None:
    """Raise DomainError where `domain` lacks something or has it in another form.

    References and space are left alone until they are used: they may be dear to make.
    """
    missing = [name for name in REQUIRED if not defines(domain, name)]
    if missing:
        raise DomainError(f"{spec}: the domain lacks {', '.join(missing)}")
    try:
        for problem in _problems(domain):
            raise DomainError(f"{spec}: {problem}")
    except DomainError:
        raise
    except Exception as error:  # of a property of the user's
        raise DomainError(f"{spec}: {type(error).__name__}: {error}") from error


def defines(domain: object, name: str) -> bool:
    """Whether `name` is there, without running the property that it may be."""
    return inspect.getattr_static(domain, name, None) is not None


def described(value: object) -> str:
    """A value and its kind in an error message, short."""
    return f"{type(value).__name__} {shown(value)}"


def _problems(domain: Any) -> Iterable[str]:
    """What is wrong, each in one line; lazy, so that a check may rest on those before."""
    if not isinstance(domain.name, str) or not domain.name.strip():
        yield f"name: expected a text that is not empty, got {described(domain.name)}"
    brief = inspect.getattr_static(domain, "brief")
    if not isinstance(brief, str) and not hasattr(brief, "__get__"):
        yield f"brief: expected a text, got {described(brief)}"
    yield from _items("tiers", domain.tiers, Tier)
    yield from _items("objectives", domain.objectives, Objective)
    yield from _items("descriptors", domain.descriptors, str, may_be_empty=True)
    yield from _items("preload", domain.preload, str, may_be_empty=True)
    names = [tier.name for tier in domain.tiers]
    if len(set(names)) < len(names) or GATE in names:
        yield f"tiers: expected different names other than {GATE!r}, got {', '.join(names)}"
    for tier in domain.tiers:
        if not tier.expected_s > 0:
            got = described(tier.expected_s)
            yield f"tiers: {tier.name}: expected_s: expected more than 0, got {got}"
    if not any(tier.ranks for tier in domain.tiers):
        yield "tiers: expected at least one that ranks, got ranks=False in all"
    for objective in domain.objectives:
        yield from _direction(f"objectives: {objective.name}", objective)
    for tier in domain.tiers:
        yield from _decision(f"tiers: {tier.name}: decides", tier, domain.objectives)
    for method in ("gate", "run"):
        if not callable(getattr(domain, method)):
            yield f"{method}: expected a method, got {described(getattr(domain, method))}"


def _direction(where: str, metric: Objective) -> Iterable[str]:
    if metric.direction not in tuple(Direction):
        yield f"{where}: expected the direction max or min, got {described(metric.direction)}"


def _decision(where: str, tier: Tier, objectives: Sequence[Objective]) -> Iterable[str]:
    """What is wrong with the metric by which `tier` decides, if it declares one."""
    metric: object = tier.decides
    if metric is None:
        return
    if not isinstance(metric, Objective):
        yield f"{where}: expected an Objective or None, got {described(metric)}"
        return
    yield from _direction(f"{where}: {metric.name}", metric)
    if not tier.ranks:
        yield f"{where}: expected None, as nobody goes on by a tier with ranks=False"
    for objective in objectives:
        if objective.name == metric.name and objective.sign != metric.sign:
            wanted = f"expected the direction {objective.direction}, as the objective has"
            yield f"{where}: {metric.name}: {wanted}, got {metric.direction}"


def _items(name: str, value: object, kind: type, may_be_empty: bool = False) -> Iterable[str]:
    """Whether `value` is a sequence of `kind`; a text is none, though Python says so."""
    wanted = f"expected a list or tuple of {'texts' if kind is str else kind.__name__}"
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        yield f"{name}: {wanted}, got {described(value)}"
    elif not value and not may_be_empty:
        yield f"{name}: {wanted}, got none"
    else:
        for item in value:
            if not isinstance(item, kind):
                yield f"{name}: {wanted}, got {described(item)} in it"

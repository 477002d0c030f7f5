"""What kind of value each option of a command takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints


@dataclass(frozen=True)
class Kind:
    """Values of one of `types`, within the bounds that are given; `named` says it in words."""

    types: tuple[type, ...]
    named: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def takes(self, value: Any) -> bool:
        """Whether `value`, as a file gives it, is of this kind."""
        if type(value) not in self.types:  # a bool is no number here
            return False
        if self.low is not None and value < self.low:
            return False
        if self.high is not None and value > self.high:
            return False
        return not self.choices or value in self.choices


def kinds(command: Callable[..., Any]) -> dict[str, Kind]:
    """The kinds of a command's options, by the names of its function's parameters."""
    hints = get_type_hints(command, include_extras=True)
    options = {name: hint for name, hint in hints.items() if hasattr(hint, "__metadata__")}
    return {name: _kind(*get_args(hint)[:2]) for name, hint in options.items()}


def _kind(annotation: Any, option: Any) -> Kind:
    type_, *_ = (*get_args(annotation), annotation)  # of `int | None`, the first
    if not isinstance(type_, type):
        return Kind((str,), "text")
    if issubclass(type_, bool):
        return Kind((bool,), "true or false")
    if issubclass(type_, int | float):
        whole = issubclass(type_, int)
        bounds = [f"from {option.min}"] * (option.min is not None)
        bounds += [f"to {option.max}"] * (option.max is not None)
        named = " ".join(["a whole number" if whole else "a number", *bounds])
        return Kind((int,) if whole else (int, float), named, option.min, option.max)
    if issubclass(type_, Enum):
        choices = tuple(choice.value for choice in type_)
        return Kind((str,), f"one of {', '.join(choices)}", choices=choices)
    return Kind((str,), "text")

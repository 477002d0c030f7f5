"""The moves of a spec file: each with the fields that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from ...space.moves import ALL, DRAWS, Move, Nearest, Redraw, Replace, Resize, Size, Swap
from .strict import Strict


class _Positioned(Strict):
    positions: tuple[str, ...] = (ALL,)

    @field_validator("positions", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | int) else value

    @property
    def named(self) -> Sequence[str]:
        """The positions that it names."""
        return self.positions


class ReplaceSpec(_Positioned):
    move: Literal["replace"]

    def build(self) -> Move:
        return Replace(self.positions)


class SwapSpec(_Positioned):
    move: Literal["swap"]

    def build(self) -> Move:
        return Swap(self.positions)


class RedrawSpec(Strict):
    move: Literal["redraw"]
    groups: tuple[tuple[str, ...], ...] = ()

    @property
    def named(self) -> Sequence[str]:
        return [name for group in self.groups for name in group]

    def build(self) -> Move:
        return Redraw(self.groups)


class ResizeSpec(Strict):
    move: Literal["resize"]
    named: ClassVar[Sequence[str]] = ()

    def build(self) -> Move:
        return Resize()


class NearestSpec(Strict):
    move: Literal["nearest"]
    count: int = Field(DRAWS, ge=1, le=64)
    size: Size = "any"
    named: ClassVar[Sequence[str]] = ()

    def build(self) -> Move:
        return Nearest(self.count, self.size)


MoveSpec = Annotated[
    ReplaceSpec | SwapSpec | RedrawSpec | ResizeSpec | NearestSpec, Field(discriminator="move")
]

"""Which way an objective goes."""

from enum import StrEnum


class Direction(StrEnum):
    """Whether a high figure is better, or a low one."""

    MAX = "max"
    MIN = "min"

    @property
    def sign(self) -> int:
        """What a figure is multiplied by, so that higher is better."""
        return 1 if self is Direction.MAX else -1

    @property
    def better(self) -> str:
        """The word for a better figure."""
        return "higher" if self is Direction.MAX else "lower"

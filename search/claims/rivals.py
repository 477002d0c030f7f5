"""What a validation found: one candidate, and every reference against it."""

from __future__ import annotations

from dataclasses import dataclass

NO_TURN = "its turn did not come: the time was up"
"""The reason of a reference that was not run."""


@dataclass(frozen=True)
class Rival:
    """How a reference did: its `score` on `items`, between `worst` and `best` (95 %).

    Where that `ships`, the items are others than the candidate's, drawn alike. Without items,
    `reason` says why there is no score.
    """

    name: str
    behind: bool
    score: float | None = None
    worst: float | None = None
    best: float | None = None
    items: int = 0
    ships: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Validation:
    """A candidate's `score` on `items` of `tier`, and the references against its `bar`.

    The bar is the score itself, or the worse end of its interval where that is of a part of the
    items.
    """

    candidate: str
    tier: str
    score: float
    bar: float
    items: int
    rivals: tuple[Rival, ...]

    @property
    def behind(self) -> list[Rival]:
        return [rival for rival in self.rivals if rival.behind]

    @property
    def met_nobody(self) -> bool:
        """Whether it ended before a reference was run."""
        return all(rival.reason == NO_TURN for rival in self.rivals)

    @property
    def sentence(self) -> str:
        """One line for people."""
        scored = f"{self.candidate} scores {self.score:.4g} on {self.items} items at {self.tier}"
        if self.met_nobody:
            return f"{scored}; no reference was run"
        others = ", ".join(
            f"{rival.name} (not run)" if rival.reason == NO_TURN else rival.name
            for rival in self.rivals
            if not rival.behind
        )
        counted = f"ahead of {len(self.behind)} of {len(self.rivals)} references"
        return f"{scored}, {counted}" + (f"; not shown behind: {others}" if others else "")

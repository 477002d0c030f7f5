"""A candidate: a program, where it came from, and the idea behind it."""

from __future__ import annotations

from dataclasses import dataclass

from .blueprint import Blueprint
from .canonical import canonical_hash
from .levels import Level


@dataclass(frozen=True)
class Candidate:
    """A program that claims to fulfil a domain's contract.

    `id` is the hash of the program's canonical form, so two candidates with the same
    id are the same program whatever their comments, layout or history.
    """

    id: str
    source: str
    blueprint: Blueprint | None = None
    parents: tuple[str, ...] = ()
    level: Level | None = None
    operator: str = "seed"
    idea: str = ""
    name: str = ""

    @classmethod
    def from_source(
        cls,
        source: str,
        *,
        blueprint: Blueprint | None = None,
        parents: tuple[str, ...] = (),
        level: Level | None = None,
        operator: str = "seed",
        idea: str = "",
        name: str = "",
    ) -> Candidate:
        """Make a candidate, deriving its id from `source`.

        Raises SyntaxError where `source` is not Python.
        """
        return cls(canonical_hash(source), source, blueprint, parents, level, operator, idea, name)

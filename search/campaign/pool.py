"""Candidates at hand: the last ones used stay, the others are read again where needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from ...memory import Memory, candidates
from ...memory.errors import UnknownId
from ...space import Candidate

KEPT = 1000
"""A long campaign knows tens of thousands of programs of many kilobytes each."""


class Pool:
    """Candidates by id. Whatever is put in must be in memory too before `kept` others are.

    `fixed` ones, the references, always stay as they are: memory may know the same program
    without its name.
    """

    def __init__(
        self,
        load: Callable[[str], Candidate],
        fixed: Mapping[str, Candidate] | None = None,
        kept: int = KEPT,
    ) -> None:
        self._load = load
        self._fixed = dict(fixed or {})
        self._kept = kept
        self._recent: OrderedDict[str, Candidate] = OrderedDict()

    def __getitem__(self, id_: str) -> Candidate:
        if id_ in self._fixed:
            return self._fixed[id_]
        if id_ not in self._recent:
            self[id_] = self._load(id_)
        self._recent.move_to_end(id_)
        return self._recent[id_]

    def __setitem__(self, id_: str, candidate: Candidate) -> None:
        self._recent[id_] = candidate
        self._recent.move_to_end(id_)
        if len(self._recent) > self._kept:
            self._recent.popitem(last=False)


def pool_of(memory: Memory, campaign: str, references: Mapping[str, Candidate]) -> Pool:
    """The pool of a campaign: candidates as it proposed them, or as an earlier one did."""

    def load(id_: str) -> Candidate:
        try:
            return candidates.get(memory, id_, campaign=campaign)
        except UnknownId:
            return candidates.get(memory, id_)

    return Pool(load, {candidate.id: candidate for candidate in references.values()})

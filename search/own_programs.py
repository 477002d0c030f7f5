"""The user's own programs: a campaign starts from them, and has to beat them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

from ..evaluators.domain import Domain
from ..memory import Memory, candidates
from ..space import Candidate
from .authors import CannotSearch
from .settings import Settings


def with_own_programs(domain: Domain, settings: Settings, memory: Memory) -> Domain:
    """`domain`, with the programs of a campaign among its references.

    What memory or the domain knows as a blueprint keeps it, so that the grammar can edit it.
    Raises CannotSearch for a name that is taken, and for what is not Python.
    """
    if not settings.programs:
        return domain
    references = dict(domain.references)
    own = {
        name: _candidate(name, source, references, memory)
        for name, source in settings.programs.items()
    }
    kind = type(domain)
    changed = copy(domain)
    # A class of its own, since references may be a property; it fulfils all that `kind` does.
    changed.__class__ = type(kind.__name__, (kind,), {"references": {**references, **own}})
    return changed


def _candidate(
    name: str, source: str, references: Mapping[str, Candidate], memory: Memory
) -> Candidate:
    if name in references:
        raise CannotSearch(f"{name} is the name of a reference: give the file another one")
    try:
        program = Candidate.from_source(source, name=name)
    except (SyntaxError, ValueError) as error:
        raise CannotSearch(f"{name} is not Python: {error}") from None
    same = next((known for known in references.items() if known[1].id == program.id), None)
    if same is not None:
        raise CannotSearch(f"{name} is the reference {same[0]}: it is compared with anyway")
    if candidates.exists(memory, program.id):
        return replace(candidates.get(memory, program.id), name=name)
    return program

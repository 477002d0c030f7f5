"""The user's own programs: a campaign starts from them, and has to beat them."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property

from ...evaluators.domain import Domain, Reading
from ...memory import Memory, candidates
from ...space import Candidate
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
        name: _candidate(name, source, domain, memory) for name, source in settings.programs.items()
    }
    kind = type(domain)
    changed = copy(domain)
    # What was worked out from the references before, a space say, is worked out again.
    for name in ("references", *_cached(kind)):
        getattr(changed, "__dict__", {}).pop(name, None)
    # A class of its own, since references may be a property; it fulfils all that `kind` does,
    # and a frozen domain may become one too.
    members = {"references": {**own, **references}, "__slots__": ()}
    object.__setattr__(changed, "__class__", type(kind.__name__, (kind,), members))
    return changed


def _cached(kind: type) -> list[str]:
    """The names of the cached properties of a class."""
    members = {
        name: member for base in reversed(kind.__mro__) for name, member in vars(base).items()
    }
    return [name for name, member in members.items() if isinstance(member, cached_property)]


def _candidate(name: str, source: str, domain: Domain, memory: Memory) -> Candidate:
    references = domain.references
    if name in references:
        raise CannotSearch(f"{name} is the name of a reference: give the file another one")
    try:
        blueprint = domain.blueprint_of(source) if isinstance(domain, Reading) else None
        program = Candidate.from_source(source, blueprint=blueprint, name=name)
    except (SyntaxError, ValueError) as error:
        raise CannotSearch(f"{name} is not Python: {error}") from None
    same = next((known for known in references.items() if known[1].id == program.id), None)
    if same is not None:
        raise CannotSearch(f"{name} is the reference {same[0]}: it is compared with anyway")
    if blueprint is None and candidates.exists(memory, program.id):
        return replace(candidates.get(memory, program.id), name=name)
    return program

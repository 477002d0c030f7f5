"""A domain's references: by the names that they carry, and the names by their ids."""

from __future__ import annotations

from dataclasses import replace

from ...evaluators.domain import Domain
from ...space import Candidate


def named_references(domain: Domain) -> dict[str, Candidate]:
    """The references, each carrying its name."""
    return {name: replace(c, name=c.name or name) for name, c in domain.references.items()}


def reference_names(domain: Domain) -> dict[str, str]:
    """The names of the references by their candidates' ids, in the domain's order."""
    return {candidate.id: name for name, candidate in domain.references.items()}

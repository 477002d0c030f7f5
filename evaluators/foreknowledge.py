"""What a domain knows of a candidate before any run, where it knows anything."""

from __future__ import annotations

from collections.abc import Mapping

from ..space import Candidate
from .domain import Domain, Foreknown, Rejected


def free_figures(domain: Domain, candidate: Candidate) -> Mapping[str, float]:
    """What `domain` knows of a candidate without running it."""
    if not isinstance(domain, Foreknown):
        return {}
    try:
        return domain.free(candidate)
    except Rejected:
        return {}

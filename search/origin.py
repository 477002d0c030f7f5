"""The domain of a campaign: what is kept of it, and finding it again unchanged.

Scores mean something only under the definition that gave them, so a campaign goes on under
that one or not at all. And a domain's file is code that would run here with all rights,
while a database may come from anywhere, with any path and any hash in it. So a file is
loaded on a database's word only where this machine's own secret marked it: its user named
this very program at this very path before. Else the user has to name it (again).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from ..evaluators.definition import of_file
from ..evaluators.registry import definition_of, is_file, located
from ..evaluators.secret import SecretError, machine_secret
from ..memory.campaigns import Campaign
from .authors import CannotSearch


@dataclass(frozen=True)
class Origin:
    """What a campaign keeps of its domain; the seal is empty where nothing is to be sealed."""

    spec: str
    definition: str
    seal: str = ""


def named(spec: str) -> Origin:
    """The domain that the user of this machine names; raises DomainError."""
    spec = located(spec)
    definition = definition_of(spec)
    return Origin(spec, definition, _seal(spec, definition) if is_file(spec) else "")


def find_again(stored: Campaign, given: str | None = None) -> Origin:
    """The domain of a stored campaign; `given` is what the user names as that just now.

    Nothing of a file is run before it is known to be the right one. Raises CannotSearch
    where it must be named, or is not what it was; DomainError where it cannot be loaded.
    """
    if stored.origin:
        raise CannotSearch(
            f"campaign {stored.id} came from {stored.origin}: what it measured cannot be vouched "
            "for here, so it does not go on; begin a new campaign, or `discover verify` what it "
            "found"
        )
    spec = located(given or stored.domain_spec)
    if not is_file(spec):
        _require_same(stored, spec, definition_of(spec))
        return named(spec)
    seal = _seal(spec, stored.definition)
    if given is None and not (seal and hmac.compare_digest(seal, stored.seal)):
        raise CannotSearch(
            f"campaign {stored.id} was judged by {spec}, which nobody named on this machine, and "
            f"a database may name any file: if you trust it, say --domain {spec}"
        )
    _require_same(stored, spec, of_file(Path(spec)))
    _require_same(stored, spec, definition_of(spec))  # as this process loaded it, once
    return named(spec)


def _require_same(stored: Campaign, spec: str, definition: str) -> None:
    if not stored.definition:
        raise CannotSearch(
            f"campaign {stored.id} was begun by an older Discover, which did not keep what its "
            "scores mean: start a new campaign"
        )
    if definition != stored.definition:
        raise CannotSearch(
            f"{spec} is not what campaign {stored.id} was judged by ({stored.definition}, now "
            f"{definition}), so scores would not compare: start a new campaign, or bring back "
            "the domain as it was"
        )


def _seal(spec: str, definition: str) -> str:
    """This machine's mark on a file; empty where it cannot keep a secret."""
    try:
        key = machine_secret().to_bytes(32, "big")
    except (SecretError, OverflowError):
        return ""
    text = f"domain file\0{spec}\0{definition}".encode(errors="surrogateescape")
    return hmac.new(key, text, hashlib.sha256).hexdigest()

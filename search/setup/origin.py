"""The domain of a campaign: what is kept of it, and finding it again unchanged.

Scores mean something only under the definition that gave them, so a campaign goes on under
that one or not at all. And a domain's file is code that would run here with all rights,
while a database may come from anywhere, with any path and any hash in it. So a file is
loaded on a database's word only where this machine's own secret marked it: its user named
this very program at this very path before. Else the user has to name it (again). The same
holds for the addresses of language models, which are told prompts and the user's key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...evaluators.definition import of_file
from ...evaluators.registry import definition_of, is_file, located
from ...evaluators.secret import SecretError, machine_secret
from ...memory.campaigns import Campaign
from .authors import CannotSearch


@dataclass(frozen=True)
class Origin:
    """What a campaign keeps of its domain; the seal is empty where nothing is to be sealed."""

    spec: str
    definition: str
    seal: str = ""


def named(spec: str, models: Mapping[str, str]) -> Origin:
    """The domain that the user of this machine names, and its models; raises DomainError."""
    spec = located(spec)
    definition, asked = definition_of(spec), addresses(models)
    return Origin(
        spec, definition, _seal(spec, definition, asked) if is_file(spec) or asked else ""
    )


def addresses(models: Mapping[str, str]) -> tuple[str, ...]:
    """What of a campaign's models says where they are asked: a name may hold an address."""
    return tuple(sorted(value for value in map(str, models.values()) if "://" in value))


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
    models = stored.config.get("models", {})
    asked = addresses(models)
    seal = _seal(spec, stored.definition, asked)
    sealed = given is not None or bool(seal and hmac.compare_digest(seal, stored.seal))
    if asked and not sealed:
        raise CannotSearch(
            f"campaign {stored.id} asks its models at {asked[0]}, which nobody named on this "
            f"machine, and a database may name any address: if you trust it, say --domain {spec}"
        )
    if not is_file(spec):
        _require_same(stored, spec, definition_of(spec))
        return named(spec, models)
    if not sealed:
        raise CannotSearch(
            f"campaign {stored.id} was judged by {spec}, which nobody named on this machine, and "
            f"a database may name any file: if you trust it, say --domain {spec}"
        )
    _require_same(stored, spec, of_file(Path(spec)))
    _require_same(stored, spec, definition_of(spec))  # as this process loaded it, once
    return named(spec, models)


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


def _seal(spec: str, definition: str, asked: tuple[str, ...]) -> str:
    """This machine's mark on a file and on addresses; empty where it cannot keep a secret."""
    try:
        key = machine_secret().to_bytes(32, "big")
    except (SecretError, OverflowError):
        return ""
    text = "\0".join(("domain file", spec, definition, *asked)).encode(errors="surrogateescape")
    return hmac.new(key, text, hashlib.sha256).hexdigest()

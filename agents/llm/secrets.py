"""Keeping secrets out of everything that is stored, logged or shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

_NAMES = re.compile(r"(_|^)(API_?KEY|TOKEN|SECRET|PASSWORD)(_|$)")
_SHAPES = re.compile(r"\b(sk-[\w-]{8,}|Bearer\s+[\w.~+/=-]{8,})")
_SHORTEST = 8
"""A shorter value is no secret worth the name, and would blot out ordinary words."""

HIDDEN = "[secret]"


def from_environment(environ: Mapping[str, str]) -> list[str]:
    """The values of the variables whose name says that they are secret."""
    return [value for name, value in environ.items() if _NAMES.search(name.upper())]


class Scrubber:
    """Blots out known secrets, and what looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {s for s in secrets if len(s) >= _SHORTEST}
        self._known = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        return _SHAPES.sub(HIDDEN, text)


def public_address(url: str) -> str:
    """`url` without the user, password, query and fragment that it may carry."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{host}{port}", parts.path, "", ""))

"""Advice added to a role's prompt, over and above its template."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guidance:
    """A paragraph of advice by role; the template itself is never rewritten."""

    by_role: Mapping[str, str] = field(default_factory=dict)

    def of(self, role: str) -> str:
        """The advice for `role`; empty where there is none."""
        return self.by_role.get(role, "")

    def version(self, template: str, role: str) -> str:
        """The name under which a prompt is kept: its template's version and the advice's."""
        advice = self.of(role)
        mark = hashlib.sha256(advice.encode()).hexdigest()[:8]
        return f"{template}+{mark}" if advice else template

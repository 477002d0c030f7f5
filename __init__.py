"""Discover neural architectures and agentic workflows under a budget.

>>> from discover import Budget, Settings, open_memory, run_campaign
>>> with open_memory("discover.db") as memory:
...     summary = run_campaign(Settings("linear-attention", Budget.parse("10m")), memory)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .evaluators.domain import Domain, Measurement, Objective, Tier, Verdict
    from .evaluators.program import ProgramDomain, require
    from .evaluators.registry import load_domain
    from .memory import Memory, open_memory
    from .search.lifecycle.start import resume_campaign, run_campaign
    from .search.limits.budget import Budget
    from .search.report.summary import Summary
    from .search.setup.settings import Settings
    from .space import Blueprint, Candidate, Evaluation, Level, Space, Status

__version__ = "0.1.0"

_HOMES = {
    "Blueprint": "space",
    "Budget": "search.limits.budget",
    "Candidate": "space",
    "Domain": "evaluators.domain",
    "Evaluation": "space",
    "Level": "space",
    "Measurement": "evaluators.domain",
    "Memory": "memory",
    "Objective": "evaluators.domain",
    "ProgramDomain": "evaluators.program",
    "Settings": "search.setup.settings",
    "Space": "space",
    "Status": "space",
    "Summary": "search.report.summary",
    "Tier": "evaluators.domain",
    "Verdict": "evaluators.domain",
    "load_domain": "evaluators.registry",
    "open_memory": "memory",
    "require": "evaluators.program",
    "resume_campaign": "search.lifecycle.start",
    "run_campaign": "search.lifecycle.start",
}
"""Where each public name lives. They are imported when used, so that `import discover`,
and with it every command, starts quickly."""

__all__ = [
    "Blueprint",
    "Budget",
    "Candidate",
    "Domain",
    "Evaluation",
    "Level",
    "Measurement",
    "Memory",
    "Objective",
    "ProgramDomain",
    "Settings",
    "Space",
    "Status",
    "Summary",
    "Tier",
    "Verdict",
    "load_domain",
    "open_memory",
    "require",
    "resume_campaign",
    "run_campaign",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'discover' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)

"""How a candidate is judged: the Domain protocol, gates, tiers, the domains themselves."""

from .domain import (
    Domain,
    DomainError,
    Measurement,
    Objective,
    Rejected,
    Tier,
    Verdict,
)
from .evaluate import GATE, check, evaluate, find_tier
from .program import ProgramDomain, require
from .registry import domain_names, load_domain
from .report import GATE_LIMITS, evaluate_source

__all__ = [
    "GATE",
    "GATE_LIMITS",
    "Domain",
    "DomainError",
    "Measurement",
    "Objective",
    "ProgramDomain",
    "Rejected",
    "Tier",
    "Verdict",
    "check",
    "domain_names",
    "evaluate",
    "evaluate_source",
    "find_tier",
    "load_domain",
    "require",
]

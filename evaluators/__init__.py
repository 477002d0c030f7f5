"""How a candidate is judged: the Domain protocol, gates, tiers, the domains themselves."""

from .domain import (
    Domain,
    DomainError,
    DomainFault,
    Measurement,
    Objective,
    Rejected,
    Tier,
    Verdict,
)
from .evaluate import GATE, check, evaluate, find_tier
from .jobs import GATE_LIMITS, job
from .program import ProgramDomain, require
from .registry import definition_of, domain_names, load_domain
from .report import Report, judge

__all__ = [
    "GATE",
    "GATE_LIMITS",
    "Domain",
    "DomainError",
    "DomainFault",
    "Measurement",
    "Objective",
    "ProgramDomain",
    "Rejected",
    "Report",
    "Tier",
    "Verdict",
    "check",
    "definition_of",
    "domain_names",
    "evaluate",
    "find_tier",
    "job",
    "judge",
    "load_domain",
    "require",
]

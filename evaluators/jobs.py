"""The jobs that judge candidates, ready for any executor."""

from __future__ import annotations

from functools import partial

from ..sandbox import Job, Limits
from ..space import GATE, Candidate
from .evaluate import check, evaluate, find_tier
from .registry import load_domain
from .sampling import Bounds
from .stopping import Watch

GATE_LIMITS = Limits(wall_s=120, cpu_s=60)


def job(
    id_: str,
    domain: str,
    candidate: Candidate,
    tier: str,
    seed: int = 0,
    *,
    final: bool = False,
    watch: Watch | None = None,
    bounds: Bounds | None = None,
) -> Job:
    """The job called `id_` that judges `candidate` at `tier`, or by the gates at GATE.

    A `final` run is one of a verification; `watch` may stop a run early,
    and `bounds` may end it.
    The job's value is an Evaluation. Raises DomainError for an unknown domain or tier.
    """
    if tier == GATE:
        return Job(id_, partial(check, domain, candidate), GATE_LIMITS)
    work = partial(evaluate, domain, candidate, tier, seed, final=final, watch=watch, bounds=bounds)
    return Job(id_, work, limits_of(domain, tier))


def limits_of(domain: str, tier: str) -> Limits:
    """What one run at `tier` may use, or the gates at GATE; raises DomainError."""
    return GATE_LIMITS if tier == GATE else find_tier(load_domain(domain), tier).limits

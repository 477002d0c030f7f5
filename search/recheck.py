"""Checking a claim again, later: other seeds, another tier, another reference."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from ..evaluators.evaluate import find_tier
from ..evaluators.registry import load_domain
from ..memory import Memory, campaigns, candidates
from .authors import CannotSearch
from .claims import Comparison
from .events import Observer
from .restore import named_references
from .settings import Settings
from .start import assemble, open_executor
from .stop import StopCondition
from .verification import VerificationPlan
from .verify import carry_out

FIRST_SEED = 2000
"""Above the seeds of search, calibration and a campaign's own verification."""


def recheck(
    memory: Memory,
    ids: Sequence[str],
    reference: str,
    *,
    tier: str,
    seeds: int = 3,
    first_seed: int = FIRST_SEED,
    slots: int = 2,
    observers: Sequence[Observer] = (),
    stops: Sequence[StopCondition] = (),
) -> list[Comparison]:
    """Compare candidates with a reference on fresh paired seeds, and store the claims.

    The runs are charged to the newest campaign that proposed the first of `ids`. Raises
    UnknownId, DomainError or CannotSearch with one line for the user.
    """
    proposed = candidates.proposals_of(memory, ids[0])
    if not proposed:
        raise CannotSearch(f"{ids[0]} was proposed in no campaign")
    stored = campaigns.get(memory, proposed[-1].campaign)
    settings = replace(Settings.from_dict(stored.config), domain=stored.domain_spec, slots=slots)
    domain = load_domain(stored.domain_spec)
    if reference not in domain.references:
        names = ", ".join(domain.references)
        raise CannotSearch(f"{domain.name} has no reference {reference!r}; it has {names}")
    plan = VerificationPlan(
        find_tier(domain, tier), len(ids), tuple(range(first_seed, first_seed + seeds))
    )
    with closing(open_executor(settings, domain)) as executor:
        campaign = assemble(stored.id, settings, domain, memory, executor, observers)
        for candidate in named_references(domain).values():
            campaign.learner.know(candidate)
        for id_ in ids:
            campaign.learner.know(candidates.get(memory, id_))
        return carry_out(campaign, plan, reference, list(ids), stops)

"""What a candidate is held against where the user names no reference, or no tier."""

from __future__ import annotations

from ..memory import Memory, campaigns, candidates, claims, events, scores
from ..memory.campaigns import Campaign
from .border import UserError


def opponent(
    memory: Memory, candidate: str, tier: str | None, against: str | None
) -> tuple[str, str]:
    """The tier and the reference to compare `candidate` at and with; what is named stays.

    The dearest tier at which its campaign verified anything, else the one that its search ranked
    at; of the references that were verified there the strongest, else of all with a score.
    Raises UserError where there is none.
    """
    campaign = _campaign_of(memory, candidate)
    claimed = claims.of_campaign(memory, campaign.id)
    ranking = events.names_at_begin(memory, campaign.id, "ranking")
    searched = scores.main_tier(memory, campaign.id)
    verified = {claim.tier for claim in claimed if claim.tier in ranking}
    chosen = tier or max(verified, key=ranking.index, default=searched)
    if not chosen:
        raise UserError(f"campaign {campaign.id} has no score at any tier: name one with --tier")
    there = scores.references(memory, campaign.id, chosen)
    compared = {claim.reference for claim in claimed if claim.tier == chosen}
    known = {name: score for name, score in there.items() if name in compared} or there
    known = known or scores.references(memory, campaign.id, searched)
    if not (against or known):
        raise UserError(f"campaign {campaign.id} scored no reference: name one with --against")
    return chosen, against or max(known, key=lambda name: campaign.sign * known[name])


def _campaign_of(memory: Memory, candidate: str) -> Campaign:
    """The newest that proposed it, where possible of this memory's own."""
    found = [campaigns.get(memory, p.campaign) for p in candidates.proposals_of(memory, candidate)]
    return ([campaign for campaign in found if not campaign.origin] or found)[-1]

"""The phases of a campaign: it opens, searches, verifies and ends."""

from __future__ import annotations

from ...agents.author import Reflective
from ...evaluators.domain import Modelled
from ...memory import evaluations, events
from ...memory.campaigns import CampaignStatus
from ...memory.errors import CampaignBusy
from ...memory.evaluations import Purpose
from ...memory.events import VALIDATED
from ...space import GATE
from ..campaign.loop import Campaign
from ..campaign.turns import Ended, Phase, Started, ToBeat, Warned
from ..claims.comparison import Comparison
from ..claims.validation import validate
from ..claims.verification import verify
from ..limits.budget import Unit
from ..limits.forecast import affordable
from ..limits.run_times import seconds
from ..limits.stop import INTERRUPTED
from ..report.build_summary import build_summary
from ..report.summary import Summary
from ..setup.references import reference_names
from .restore import restore

FEW = 10
"""A search that can afford fewer candidates than this is warned."""


def carry_out(campaign: Campaign) -> Summary:
    """Go through all phases; whatever ends them early, memory says so."""
    try:
        return _phases(campaign)
    except CampaignBusy:
        raise  # another process has it now: nothing of it is ours to change
    except KeyboardInterrupt:
        campaign.end(CampaignStatus.STOPPED)
        raise
    except Exception:
        campaign.end(CampaignStatus.ABORTED)
        raise


def _phases(campaign: Campaign) -> Summary:
    _open(campaign)
    comparisons: list[Comparison] = []
    reason = campaign.search()
    unclaimed = INTERRUPTED
    if reason == INTERRUPTED:
        campaign.drain()
    else:
        campaign.tell(Phase(f"the search ends: {reason}"))
        unclaimed = validate(campaign, campaign.stops)
        if unclaimed != INTERRUPTED:
            comparisons, unclaimed = verify(campaign, campaign.stops)
    if unclaimed == INTERRUPTED:
        status, reason = CampaignStatus.STOPPED, INTERRUPTED
        unclaimed = "it was interrupted before it could verify anything"
    else:
        status = CampaignStatus.DONE
    _tell_abandoned(campaign, status)
    campaign.end(status)
    summary = build_summary(campaign, status, reason, comparisons, unclaimed)
    if summary.validation is not None:
        data = {"sentence": summary.validation.sentence}
        events.append(campaign.memory, campaign.id, VALIDATED, data)
    campaign.tell(Ended(campaign.id, status, reason))
    return summary


def _open(campaign: Campaign) -> None:
    settings, budget = campaign.settings, campaign.settings.budget
    campaign.tell(
        Started(
            campaign.id,
            campaign.domain.name,
            budget.text,
            settings.seed,
            settings.slots,
            campaign.runner.executor.isolation,
            campaign.learner.objective.sign,
        )
    )
    if budget.names_gpu:
        campaign.tell(Warned("device time is charged on CPU slots: nothing runs on a GPU here"))
    if isinstance(campaign.domain, Modelled) and campaign.domain.model is None:
        campaign.tell(Warned("no task model is named: only what asks none is proposed and run"))
    _warn_of_own_programs(campaign)
    restore(campaign)
    _warn_of_little(campaign)
    _tell_references(campaign)


def _tell_abandoned(campaign: Campaign, status: CampaignStatus) -> None:
    """Nothing that had begun is lost without a word."""
    if status is CampaignStatus.DONE:
        for flight in evaluations.in_flight(campaign.memory, campaign.id):
            who = f"{flight.run.candidate} {flight.run.tier}"
            campaign.tell(Warned(f"{who} was cut off, and no budget is left to run it again"))


def _warn_of_own_programs(campaign: Campaign) -> None:
    """Say where the user's own programs are compared with, and nobody can change them."""
    if isinstance(campaign.learner.author, Reflective):
        return
    references = campaign.domain.references
    fixed = [n for n in campaign.settings.programs if references[n].blueprint is None]
    if fixed:
        words = "not made by the grammar, so only a language model could change it (--model)"
        campaign.tell(Warned(f"{', '.join(fixed)}: {words}; it is compared with"))


def _warn_of_little(campaign: Campaign) -> None:
    """Say in time that a budget is small, and how far it goes."""
    settings = campaign.settings
    before, searched = settings.spent_when_grown, settings.search_share
    share = {unit: searched.left(unit, before) for unit in settings.budget.limits}
    tiers = campaign.learner.tiers_from(GATE)
    one = campaign.times.expected_together(tiers)
    needed = one / (1 - settings.verify_share)
    waiting = sum(run.purpose is Purpose.REFERENCE for run in campaign.queue)
    slots = campaign.runner.executor.slots
    count = int(affordable(share, one, slots, each=len(tiers), first=waiting))
    if count < FEW:
        tier = campaign.learner.scoreboard.ranking_tier.name
        several = f"about {count} candidates" if count else "no candidate"
        takes = "" if Unit.EVALUATIONS in share else f": one takes about {seconds(one)}"
        if takes and not count and settings.verify_share:
            takes += f", and with what is kept to verify it needs {seconds(needed)}"
        campaign.tell(Warned(f"the budget allows {several} at {tier}{takes}"))


def _tell_references(campaign: Campaign) -> None:
    """Say what there is to beat, where it is known before the first run."""
    board = campaign.learner.scoreboard
    names = reference_names(campaign.domain)
    tier = board.ranking_tier.name
    known = {
        names[row.candidate_id]: row.score
        for row in board.ranking(tier)
        if row.candidate_id in names
    }
    if known:
        campaign.tell(ToBeat(tier, known))

"""What the value model expected of a campaign's proposals: described, kept, recalled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...evaluators.domain import Domain, ranking_tier
from ...evaluators.foreknowledge import free_figures
from ...memory import Memory, predictions
from ...memory.events import Event
from ...space import Candidate
from ...value_model import Prediction, Sample
from ...value_model.screening import EXPLORATION
from ..strategies.contract import Outlook
from .learner import Learner

DECIDED = "decided"
"""The kind of the stored event of a decision."""
MODEL, PRIOR = "value model", "prior"
"""By whom a stored prediction is; PRIOR where there was too little to learn from."""
PROMOTED = "value model, at promotion"
"""The same of a prediction at the dearer tier to which a candidate was promoted."""


def describe_for(domain: Domain) -> Callable[[Candidate], Sample]:
    """What is known of a candidate of `domain` before its run at the tier that ranks first."""
    tier = ranking_tier(domain.tiers).name

    def describe(candidate: Candidate) -> Sample:
        return Sample(candidate, domain.name, tier, free_figures(domain, candidate))

    return describe


def keep(
    memory: Memory, campaign: str, candidate: str, tier: str, sign: int, outlook: Outlook | None
) -> dict[str, Any]:
    """Store the prediction of a candidate before its run; returns what its decision keeps.

    `sign` turns scores that are to be minimised back, so that predicted and measured
    scores compare.
    """
    if outlook is None:
        return {}
    model = MODEL if outlook.informed else PRIOR
    store(memory, campaign, candidate, tier, sign, outlook.prediction, model)
    return {
        "considered": outlook.considered,
        "doubt": outlook.doubt,
        "explored": outlook.reason == EXPLORATION,
        "hopes": dict(outlook.hopes),
    }


def store(
    memory: Memory,
    campaign: str,
    candidate: str,
    tier: str,
    sign: int,
    prediction: Prediction,
    model: str,
) -> None:
    """Store a prediction of `candidate` at `tier`, `sign`ed as in `keep`."""
    mean, spread = sign * prediction.mean, prediction.spread
    predictions.add(
        memory, predictions.StoredPrediction(campaign, candidate, tier, model, mean, spread)
    )


def recall(learner: Learner[Any], decided: Iterable[Event]) -> None:
    """Tell `learner` what the events `decided` hoped for.

    The outcomes that they knew must have been told.
    """
    for event in decided:
        learner.recall(event.data.get("hopes", {}))

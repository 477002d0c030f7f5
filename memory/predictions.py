"""Predictions of the value model, beside what came of them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .encoding import clean
from .store import Memory


@dataclass(frozen=True)
class StoredPrediction:
    """What `model` expected of a candidate at a tier before any run: a mean and a spread."""

    campaign: str
    candidate: str
    tier: str
    model: str
    mean: float
    spread: float


@dataclass(frozen=True)
class Judged:
    """A prediction and the first score that its campaign then saw, or None so far."""

    prediction: StoredPrediction
    score: float | None


def add(memory: Memory, prediction: StoredPrediction) -> bool:
    """Store a prediction; False where the model has predicted this already: the first stands."""
    with memory.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO predictions (campaign, candidate, tier, model, mean, spread, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                prediction.campaign,
                prediction.candidate,
                prediction.tier,
                clean(prediction.model),
                prediction.mean,
                prediction.spread,
                time.time(),
            ),
        )
    return bool(cursor.rowcount)


def judged(memory: Memory, campaign: str) -> list[Judged]:
    """The campaign's predictions with what came of them, in order."""
    rows = memory.rows(
        "SELECT campaign, candidate, tier, model, mean, spread,"
        " (SELECT score FROM evaluations e WHERE e.campaign = p.campaign"
        "  AND e.candidate = p.candidate AND e.tier = p.tier AND e.score IS NOT NULL"
        "  ORDER BY e.id LIMIT 1) AS score"
        " FROM predictions p WHERE campaign = ? ORDER BY id",
        (campaign,),
    )
    return [Judged(StoredPrediction(*row[:6]), row["score"]) for row in rows]

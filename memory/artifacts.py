"""Artifacts: files that are kept of runs; `evaluations.finish` stores them with each."""

from __future__ import annotations

from dataclasses import dataclass

from .store import Memory


@dataclass(frozen=True)
class Artifact:
    """A file kept in memory, belonging to a campaign and perhaps to a candidate."""

    campaign: str
    name: str
    media_type: str
    data: bytes
    candidate: str | None = None
    evaluation: int | None = None


def notes(memory: Memory, campaign: str, name: str) -> dict[int, str]:
    """The texts called `name` that came with the campaign's evaluations, by their numbers."""
    rows = memory.rows(
        "SELECT evaluation, data FROM artifacts"
        " WHERE campaign = ? AND name = ? AND evaluation IS NOT NULL ORDER BY id",
        (campaign, name),
    )
    return {row["evaluation"]: row["data"].decode() for row in rows}


def of_candidate(memory: Memory, candidate: str) -> list[Artifact]:
    """The candidate's artifacts, in order."""
    rows = memory.rows(
        "SELECT campaign, name, media_type, data, candidate, evaluation FROM artifacts"
        " WHERE candidate = ? ORDER BY id",
        (candidate,),
    )
    return [Artifact(*row) for row in rows]

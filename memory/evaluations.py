"""Evaluations: runs in flight, runs that ended, and what they cost."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..harmless import shown
from ..space import Evaluation, Status
from . import ledger, standings
from .encoding import clean, pack, unpack
from .store import Memory


class Purpose(StrEnum):
    """Why a run was made: only SEARCH tells the search anything."""

    SEARCH = "search"
    VERIFY = "verify"
    REFERENCE = "reference"


@dataclass(frozen=True)
class Run:
    """What makes a run one run: it is stored at most once, and charged at most once."""

    campaign: str
    candidate: str
    tier: str
    seed: int
    purpose: Purpose = Purpose.SEARCH

    @property
    def key(self) -> tuple[str, str, str, int, str]:
        return (self.campaign, self.candidate, self.tier, self.seed, self.purpose.value)


@dataclass(frozen=True)
class InFlight:
    """A run that began and has not ended; `started` in seconds since 1970."""

    run: Run
    attempt: int
    started: float


@dataclass(frozen=True)
class StoredEvaluation:
    """An evaluation with its place in memory.

    `id` rises in the order of ending; `score` is the campaign's objective, or None.
    """

    id: int
    run: Run
    evaluation: Evaluation
    score: float | None
    charged: bool
    attempt: int
    started: float
    finished: float


def begin(memory: Memory, run: Run) -> int:
    """Say that a run starts; returns the attempt, above 1 where one was cut off before."""
    with memory.transaction() as connection:
        attempt: int = connection.execute(
            "INSERT INTO in_flight VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE"
            " SET attempt = attempt + 1, started = excluded.started RETURNING attempt",
            (*run.key, time.time()),
        ).fetchone()[0]
    return attempt


def in_flight(memory: Memory, campaign: str) -> list[InFlight]:
    """Runs that began and have not ended, oldest first: after a kill, what was cut off."""
    rows = memory.rows(
        "SELECT * FROM in_flight WHERE campaign = ? ORDER BY started, candidate, tier, seed",
        (campaign,),
    )
    return [InFlight(_run(row), row["attempt"], row["started"]) for row in rows]


def finish(
    memory: Memory,
    campaign: str,
    evaluation: Evaluation,
    *,
    purpose: Purpose = Purpose.SEARCH,
    charged: bool = True,
) -> int | None:
    """Store how a run ended, with metrics, curves, notes, standing and cost, in one transaction.

    Returns the evaluation's id, or None where the same run is stored already: then
    nothing changes and nothing is charged. `charged=False` is for results that ship
    with a domain and were not run. Raises ValueError for a metric that is not finite.
    """
    run = Run(campaign, evaluation.candidate_id, evaluation.tier, evaluation.seed, purpose)
    _require_finite(evaluation)
    with memory.transaction() as connection:
        flight = _land(connection, run)
        id_ = _insert(connection, run, evaluation, flight, charged)
        if id_ is None:
            return None
        connection.executemany(
            "INSERT INTO metrics VALUES (?, ?, ?)",
            [(id_, clean(name), value) for name, value in evaluation.metrics.items()],
        )
        connection.executemany(
            "INSERT INTO curves VALUES (?, ?, ?, ?)",
            [(id_, clean(name), *pack(curve)) for name, curve in evaluation.curves.items()],
        )
        connection.executemany(
            "INSERT INTO artifacts (campaign, candidate, evaluation, name, media_type, data,"
            " created) VALUES (?, ?, ?, ?, 'text/plain', ?, ?)",
            [
                (campaign, run.candidate, id_, clean(name), clean(text).encode(), time.time())
                for name, text in evaluation.notes.items()
            ],
        )
        if charged:
            ledger.enter(connection, campaign, ledger.costs(evaluation), evaluation=id_)
        standings.refresh(connection, campaign, run.candidate, run.tier)
    return id_


def scores_by_candidate(memory: Memory, campaign: str, tier: str) -> list[list[float]]:
    """The scores of each candidate that the campaign ran at `tier`, whatever for, by seed."""
    rows = memory.rows(
        "SELECT candidate, score FROM evaluations"
        " WHERE campaign = ? AND tier = ? AND score IS NOT NULL ORDER BY candidate, seed",
        (campaign, tier),
    )
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(row["candidate"], []).append(row["score"])
    return list(found.values())


def is_stored(memory: Memory, run: Run) -> bool:
    """Whether the run has ended and its result is in memory."""
    return memory.row(f"SELECT 1 FROM evaluations WHERE {_KEY}", run.key) is not None


def of_campaign(memory: Memory, campaign: str) -> Iterator[StoredEvaluation]:
    """The campaign's evaluations in the order of ending, without curves: told again, they
    rebuild a search."""
    rows = memory.rows("SELECT * FROM evaluations WHERE campaign = ? ORDER BY id", (campaign,))
    for row in rows:
        yield _stored(memory, row, curves=False)


@dataclass(frozen=True)
class Failed:
    """A run without a score: the first of `runs` that ended so for the same reason."""

    candidate: str
    tier: str
    status: str
    reason: str
    runs: int


def failed(memory: Memory, campaign: str, limit: int) -> list[Failed]:
    """Why the campaign's runs gave no score: the commonest reasons, each with one run."""
    rows = memory.rows(
        # SQLite takes the other columns from the row that holds the minimum.
        "SELECT candidate, tier, status, reason, count(*) AS n, min(id) AS first FROM evaluations"
        " WHERE campaign = ? AND status <> 'ok' AND charged GROUP BY tier, status, reason"
        " ORDER BY n DESC, first LIMIT ?",
        (campaign, limit),
    )
    return [Failed(*tuple(row)[:5]) for row in rows]


def of_candidate(
    memory: Memory, candidate: str, *, curves: bool = True, last: int = -1
) -> Iterator[StoredEvaluation]:
    """The candidate's evaluations in every campaign, in the order of ending; where `last`
    is not negative, the last so many."""
    rows = memory.rows(
        "SELECT * FROM (SELECT * FROM evaluations WHERE candidate = ? ORDER BY id DESC LIMIT ?)"
        " ORDER BY id",
        (candidate, last),
    )
    for row in rows:
        yield _stored(memory, row, curves)


_KEY = "campaign = ? AND candidate = ? AND tier = ? AND seed = ? AND purpose = ?"


def _require_finite(evaluation: Evaluation) -> None:
    for name, value in evaluation.metrics.items():
        if not math.isfinite(value):
            raise ValueError(f"metric {shown(name)} of {evaluation.candidate_id} is {value}")


def _land(connection: sqlite3.Connection, run: Run) -> sqlite3.Row | None:
    """Take the run out of flight; None where it was not in flight."""
    row: sqlite3.Row | None = connection.execute(
        f"DELETE FROM in_flight WHERE {_KEY} RETURNING attempt, started", run.key
    ).fetchone()
    return row


def _insert(
    connection: sqlite3.Connection,
    run: Run,
    evaluation: Evaluation,
    flight: sqlite3.Row | None,
    charged: bool,
) -> int | None:
    objective = connection.execute(
        "SELECT objective FROM campaigns WHERE id = ?", (run.campaign,)
    ).fetchone()
    ended_well = evaluation.status is Status.OK and objective is not None
    finished = time.time()
    cursor = connection.execute(
        "INSERT INTO evaluations (campaign, candidate, tier, seed, purpose, status, reason, score,"
        " wall_s, cpu_s, device_s, charged, device, isolation, attempt, started, finished)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (candidate, tier, seed, campaign, purpose) DO NOTHING",
        (
            *run.key,
            evaluation.status,
            clean(evaluation.reason),
            evaluation.metrics.get(objective["objective"]) if ended_well else None,
            evaluation.wall_s,
            evaluation.cpu_s,
            evaluation.device_s,
            charged,
            "",  # the column `device` of the first version: which one ran it was never known
            clean(evaluation.isolation),
            flight["attempt"] if flight else 1,
            flight["started"] if flight else finished - evaluation.wall_s,
            finished,
        ),
    )
    return cursor.lastrowid if cursor.rowcount else None


def _run(row: sqlite3.Row) -> Run:
    return Run(row["campaign"], row["candidate"], row["tier"], row["seed"], Purpose(row["purpose"]))


def _stored(memory: Memory, row: sqlite3.Row, curves: bool) -> StoredEvaluation:
    id_ = (row["id"],)
    metrics = memory.rows("SELECT name, value FROM metrics WHERE evaluation = ?", id_)
    lines = memory.rows("SELECT * FROM curves WHERE evaluation = ?", id_) if curves else []
    evaluation = Evaluation(
        candidate_id=row["candidate"],
        tier=row["tier"],
        seed=row["seed"],
        status=Status(row["status"]),
        reason=row["reason"],
        metrics={m["name"]: m["value"] for m in metrics},
        curves={c["name"]: unpack(c["dtype"], c["data"]) for c in lines},
        wall_s=row["wall_s"],
        cpu_s=row["cpu_s"],
        device_s=row["device_s"],
        isolation=row["isolation"],
    )
    return StoredEvaluation(
        id=row["id"],
        run=_run(row),
        evaluation=evaluation,
        score=row["score"],
        charged=bool(row["charged"]),
        attempt=row["attempt"],
        started=row["started"],
        finished=row["finished"],
    )

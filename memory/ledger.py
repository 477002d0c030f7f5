"""The ledger: what a campaign spent, each entry atomic with what it paid for."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ..space import GATE, Evaluation
from .encoding import clean
from .store import Memory


def costs(evaluation: Evaluation) -> dict[str, float]:
    """What one evaluation costs, by unit; a gate run is not counted as one."""
    counted = 0 if evaluation.tier == GATE else 1
    return {"evaluations": counted, "device_s": evaluation.device_s, "cpu_s": evaluation.cpu_s}


def charge(memory: Memory, campaign: str, amounts: Mapping[str, float], note: str) -> None:
    """Charge for something that is neither an evaluation nor a model call.

    `note` says what for, such as a run that was cut off.
    """
    with memory.transaction() as connection:
        enter(connection, campaign, amounts, note=note)


def charge_once(memory: Memory, campaign: str, amounts: Mapping[str, float], *, note: str) -> bool:
    """As `charge`, but False, and nothing, where the campaign has a charge of that note."""
    with memory.transaction() as connection:
        known = connection.execute(
            "SELECT 1 FROM ledger WHERE campaign = ? AND note = ?", (campaign, clean(note))
        ).fetchone()
        if known is None:
            # Nothing, too, is written down: a later call then knows of it.
            enter(connection, campaign, amounts, note=note, zeros=True)
    return known is None


def enter(
    connection: sqlite3.Connection,
    campaign: str,
    amounts: Mapping[str, float],
    *,
    evaluation: int | None = None,
    call: int | None = None,
    note: str = "",
    zeros: bool = False,
) -> None:
    """Write entries inside the transaction that stores what they pay for.

    An amount of nothing is none, unless `zeros` are asked for.
    """
    connection.executemany(
        "INSERT INTO ledger (campaign, unit, amount, evaluation, call, note)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (campaign, unit, amount, evaluation, call, clean(note))
            for unit, amount in amounts.items()
            if amount or zeros
        ],
    )


def spent(memory: Memory, campaign: str | None = None) -> dict[str, float]:
    """What the campaign, or all together, spent by unit: `wall_s` from its heartbeats, and
    `evaluations`, `device_s`, `cpu_s`, `tokens`, `usd` from the ledger."""
    wall = memory.row(
        "SELECT coalesce(sum(wall_s), 0) AS s FROM campaigns WHERE id = ? OR ? IS NULL",
        (campaign, campaign),
    )
    where, parameters = ("WHERE campaign = ?", (campaign,)) if campaign else ("", ())
    entries = memory.rows(
        f"SELECT unit, sum(amount) AS s FROM ledger {where} GROUP BY unit", parameters
    )
    return {"wall_s": wall["s"] if wall else 0.0, **{row["unit"]: row["s"] for row in entries}}

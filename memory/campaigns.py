"""Campaigns: who searches what, with which budget, and whether it still lives."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import psutil

from .encoding import clean, from_json, to_json
from .errors import CampaignBusy, UnknownId
from .store import Memory

ID_LENGTH = 12
STALE_S = 120.0
"""A campaign on another machine counts as dead after this long without a heartbeat."""


class CampaignStatus(StrEnum):
    """RUNNING with no process behind it means that it was killed."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    ABORTED = "aborted"


@dataclass(frozen=True)
class NewCampaign:
    """What a campaign is told at its start.

    `domain_spec` is what the user typed (a name or a file), so that a resume finds the
    domain again. `objective` names the metric that is the score.
    """

    domain: str
    domain_spec: str
    objective: str
    direction: Literal["max", "min"]
    seed: int
    budget: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Campaign(NewCampaign):
    """A campaign as it stands in memory. Times are seconds since 1970.

    `wall_s` is the time that its processes searched, over all resumes.
    """

    id: str = ""
    status: CampaignStatus = CampaignStatus.RUNNING
    created: float = 0.0
    heartbeat: float = 0.0
    wall_s: float = 0.0
    pid: int | None = None
    host: str = ""


def create(memory: Memory, new: NewCampaign) -> Campaign:
    """Begin a campaign, run by this process."""
    id_ = uuid.uuid4().hex[:ID_LENGTH]
    now = time.time()
    values = (
        id_, new.domain, new.domain_spec, new.objective, new.direction, new.seed, new.budget,
        to_json(dict(new.config)), CampaignStatus.RUNNING, now, now, os.getpid(),
        socket.gethostname(),
    )  # fmt: skip
    with memory.transaction() as connection:
        connection.execute(
            "INSERT INTO campaigns (id, domain, domain_spec, objective, direction, seed, budget,"
            " config, status, created, heartbeat, pid, host)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    return get(memory, id_)


def get(memory: Memory, id_: str) -> Campaign:
    """The campaign with exactly this id; raises UnknownId."""
    row = memory.row("SELECT * FROM campaigns WHERE id = ?", (id_,))
    if row is None:
        raise UnknownId(f"no campaign {clean(id_)!r} in {memory.path}")
    return _campaign(row)


def all_campaigns(memory: Memory) -> list[Campaign]:
    """Every campaign, newest first."""
    return [_campaign(r) for r in memory.rows("SELECT * FROM campaigns ORDER BY created DESC")]


def is_alive(campaign: Campaign) -> bool:
    """Whether a process still runs it, as far as can be seen from this machine."""
    if campaign.status is not CampaignStatus.RUNNING or campaign.pid is None:
        return False
    if campaign.host != socket.gethostname():
        return time.time() - campaign.heartbeat < STALE_S
    try:
        # A process younger than the last heartbeat merely has the number.
        return psutil.Process(campaign.pid).create_time() <= campaign.heartbeat
    except psutil.NoSuchProcess:
        return False


def take_over(memory: Memory, id_: str) -> Campaign:
    """Make this process the one that runs the campaign, as a resume does.

    Raises UnknownId, or CampaignBusy where another process still runs it.
    """
    with memory.transaction() as connection:
        campaign = get(memory, id_)
        if campaign.pid != os.getpid() and is_alive(campaign):
            raise CampaignBusy(
                f"campaign {id_} is being run by process {campaign.pid} on {campaign.host}"
            )
        connection.execute(
            "UPDATE campaigns SET status = ?, pid = ?, host = ?, heartbeat = ? WHERE id = ?",
            (CampaignStatus.RUNNING, os.getpid(), socket.gethostname(), time.time(), id_),
        )
    return get(memory, id_)


def beat(memory: Memory, id_: str, wall_s: float) -> None:
    """Say that the campaign lives; `wall_s` is the time since the last beat."""
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE campaigns SET heartbeat = ?, wall_s = wall_s + ? WHERE id = ?",
            (time.time(), wall_s, id_),
        )


def set_status(memory: Memory, id_: str, status: CampaignStatus) -> None:
    with memory.transaction() as connection:
        connection.execute("UPDATE campaigns SET status = ? WHERE id = ?", (status, id_))


def amend(memory: Memory, id_: str, *, budget: str, config: Mapping[str, Any]) -> None:
    """Change what a resume may change."""
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE campaigns SET budget = ?, config = ? WHERE id = ?",
            (budget, to_json(dict(config)), id_),
        )


def _campaign(row: sqlite3.Row) -> Campaign:
    values = dict(row)
    values["config"] = from_json(values["config"])
    values["status"] = CampaignStatus(values["status"])
    return Campaign(**values)

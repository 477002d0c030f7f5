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

from ..harmless import shown
from ..space import Direction
from .encoding import clean, from_json, to_json
from .errors import CampaignBusy, MemoryFault, UnknownId
from .store import Memory

ID_LENGTH = 12
FRESH_S = 120.0
"""A heartbeat this young is a process's own. They come every second, but rarer while an author
thinks; that the number of a process is given again so soon is rarer still."""
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
    domain again. `objective` names the metric that is the score. `definition` says what
    scores mean: those of another definition of the domain do not compare. `seal` marks a
    file that the user of this machine named; memory only keeps it.
    """

    domain: str
    domain_spec: str
    objective: str
    direction: Direction | Literal["max", "min"]
    seed: int
    budget: str
    config: Mapping[str, Any] = field(default_factory=dict)
    definition: str = ""
    seal: str = ""

    @property
    def sign(self) -> int:
        """+1 where a high objective is better, -1 where a low one is."""
        return Direction(self.direction).sign


@dataclass(frozen=True)
class Campaign(NewCampaign):
    """A campaign as it stands in memory. Times are seconds since 1970.

    `wall_s` is the time that its processes searched, over all resumes. `origin` is empty
    where this memory's own processes measured, else the file that the results came from:
    those are shown and count for nothing. What their scores mean is another `definition`
    than any of ours, so that they never mix with what was measured here.
    """

    id: str = ""
    status: CampaignStatus = CampaignStatus.RUNNING
    created: float = 0.0
    heartbeat: float = 0.0
    wall_s: float = 0.0
    pid: int | None = None
    host: str = ""
    origin: str = ""


def brought(row: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Of a campaign's row that came from the file `origin`: what marks it as brought."""
    earlier = row["origin"]
    named = f"{origin}, from {earlier}" if earlier else origin
    bare = row["definition"].removesuffix(f" in {earlier}") if earlier else row["definition"]
    return {"origin": named, "definition": f"{bare} in {named}"}


def definition_there(campaign: Campaign) -> str:
    """What the campaign's scores meant where they were measured."""
    return campaign.definition.removesuffix(f" in {campaign.origin}")


def new_id() -> str:
    """An id that no campaign has."""
    return uuid.uuid4().hex[:ID_LENGTH]


def create(memory: Memory, new: NewCampaign, id_: str = "") -> Campaign:
    """Begin a campaign, run by this process, under an id that `new_id` gave or a fresh one.

    The knowledge that ships for its domain is in memory from then on.
    """
    from . import knowledge_files  # YAML, so only here

    id_ = id_ or new_id()
    now = time.time()
    values = (
        id_, new.domain, new.domain_spec, new.objective, new.direction, new.seed, new.budget,
        to_json(dict(new.config)), CampaignStatus.RUNNING, now, now, os.getpid(),
        socket.gethostname(), new.definition, new.seal,
    )  # fmt: skip
    with memory.transaction() as connection:
        connection.execute(
            "INSERT INTO campaigns (id, domain, domain_spec, objective, direction, seed, budget,"
            " config, status, created, heartbeat, pid, host, definition, seal)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        knowledge_files.stock(memory, new.domain)
    return get(memory, id_)


def get(memory: Memory, id_: str) -> Campaign:
    """The campaign with exactly this id; raises UnknownId."""
    row = memory.row("SELECT * FROM campaigns WHERE id = ?", (id_,))
    if row is None:
        raise UnknownId(f"no campaign {shown(clean(id_))} in {memory.path}")
    return _campaign(row)


def all_campaigns(memory: Memory, limit: int = -1, offset: int = 0) -> list[Campaign]:
    """Every campaign, newest first; or `limit` of them from the `offset`th on."""
    rows = memory.rows(
        "SELECT * FROM campaigns ORDER BY created DESC, id LIMIT ? OFFSET ?", (limit, offset)
    )
    return [_campaign(row) for row in rows]


def latest(memory: Memory, domain: str) -> Campaign | None:
    """The domain's newest campaign: its definition is the one whose scores count.

    One that came from elsewhere only where there is no other.
    """
    row = memory.row(
        "SELECT * FROM campaigns WHERE domain = ? ORDER BY origin <> '', created DESC LIMIT 1",
        (domain,),
    )
    return _campaign(row) if row else None


def comparable(memory: Memory) -> frozenset[str]:
    """The campaigns whose scores count today: those that this memory's own processes measured,
    defined as the latest of them on their domain."""
    rows = memory.rows(
        "SELECT id, domain, definition FROM campaigns WHERE origin = '' ORDER BY created"
    )
    latest = {row["domain"]: row["definition"] for row in rows}
    return frozenset(row["id"] for row in rows if row["definition"] == latest[row["domain"]])


def imported(memory: Memory) -> frozenset[str]:
    """The campaigns that came with another memory."""
    return frozenset(r["id"] for r in memory.rows("SELECT id FROM campaigns WHERE origin <> ''"))


def is_alive(campaign: Campaign) -> bool:
    """Whether a process still runs it, as far as can be seen from this machine."""
    if campaign.status is not CampaignStatus.RUNNING or campaign.pid is None:
        return False
    if campaign.host != socket.gethostname():
        return time.time() - campaign.heartbeat < STALE_S
    try:
        # A process younger than the last heartbeat merely has the number; but where the
        # clock was set back, a heartbeat of just now counts.
        begun = psutil.Process(campaign.pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return begun <= campaign.heartbeat or abs(time.time() - campaign.heartbeat) < FRESH_S


def take_over(memory: Memory, id_: str) -> Campaign:
    """Make this process the one that runs the campaign, as a resume does.

    Raises UnknownId, CampaignBusy where another process still runs it, or MemoryFault where
    it came from elsewhere: its results would count as measured here.
    """
    with memory.transaction() as connection:
        campaign = get(memory, id_)
        if campaign.origin:
            raise MemoryFault(
                f"campaign {id_} came from {clean(campaign.origin)}: what it measured cannot be"
                " vouched for here, so it does not go on; begin a new campaign"
            )
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
    """Say that the campaign lives; `wall_s` is the time since the last beat.

    Raises CampaignBusy where another process has taken it over meanwhile, as happens to
    one that was suspended for long: it must not go on.
    """
    with memory.transaction() as connection:
        beaten = connection.execute(
            "UPDATE campaigns SET heartbeat = ?, wall_s = wall_s + ?"
            " WHERE id = ? AND pid = ? AND host = ?",
            (time.time(), wall_s, id_, os.getpid(), socket.gethostname()),
        ).rowcount
    if not beaten:
        other = get(memory, id_)
        raise CampaignBusy(f"campaign {id_} was taken over by process {other.pid} on {other.host}")


def set_status(memory: Memory, id_: str, status: CampaignStatus) -> None:
    with memory.transaction() as connection:
        connection.execute("UPDATE campaigns SET status = ? WHERE id = ?", (status, id_))


def amend(
    memory: Memory,
    id_: str,
    *,
    budget: str,
    config: Mapping[str, Any],
    domain_spec: str,
    seal: str,
) -> None:
    """Change what a resume may change."""
    with memory.transaction() as connection:
        connection.execute(
            "UPDATE campaigns SET budget = ?, config = ?, domain_spec = ?, seal = ? WHERE id = ?",
            (budget, to_json(dict(config)), domain_spec, seal, id_),
        )


def _campaign(row: sqlite3.Row) -> Campaign:
    values = dict(row)
    values["config"] = from_json(values["config"])
    values["status"] = CampaignStatus(values["status"])
    return Campaign(**values)

"""`discover status`: how a campaign gets on, seen from another terminal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from . import options

if TYPE_CHECKING:
    from ..memory.evaluations import InFlight
    from ..memory.summaries import Summary
    from ..search.limits.budget import Budget

QUIET_S = 10.0
"""Signs of life come every second, but for what keeps the campaign's loop waiting."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status(
    campaign: options.CampaignId = "last",
    db: options.Database = options.DEFAULT_DATABASE,
    as_json: options.Json = False,
) -> None:
    """Show whether a campaign runs, what it spent, and how far the rest will go."""
    from ..memory import evaluations, lookup, open_memory, summaries
    from ..search.limits.budget import Budget

    with open_memory(db, create=False, read_only=True) as memory:
        found = summaries.summarise(memory, lookup.campaign(memory, campaign))
        flights = tuple(evaluations.in_flight(memory, found.campaign.id))
    view = Status(found, Budget.parse(found.campaign.budget), time.time(), db, flights)
    print(json.dumps(view.to_dict(), indent=2) if as_json else "\n".join(view.lines()))


@dataclass(frozen=True)
class Status:
    """A campaign at the moment `now`, in seconds since 1970."""

    summary: Summary
    budget: Budget
    now: float
    database: Path
    flights: tuple[InFlight, ...] = ()
    """What runs, or was cut off."""

    @property
    def state(self) -> str:
        """running; stale where its process is gone without a word; else how it ended."""
        stored = self.summary.campaign.status.value
        return stored if stored != "running" or self.summary.alive else "stale"

    @property
    def silence_s(self) -> float:
        """Seconds since the last sign of life."""
        return max(0.0, self.now - self.summary.campaign.heartbeat)

    @property
    def spent(self) -> dict[str, float]:
        """What memory says, and the wall time since: a process that thinks gives no sign."""
        spent = dict(self.summary.spent)
        if self.state == "running":
            spent["wall_s"] = spent.get("wall_s", 0.0) + self.silence_s
        return spent

    @property
    def left(self) -> float | None:
        """How many more evaluations the budget pays for at the pace so far."""
        from ..search.limits.budget import Unit
        from ..search.limits.forecast import evaluations_left

        spent = {unit: self.spent.get(unit.value, 0.0) for unit in Unit}
        return evaluations_left(self.budget, spent, int(spent[Unit.EVALUATIONS]))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        campaign = self.summary.campaign
        return {
            "campaign": campaign.id,
            "domain": campaign.domain,
            "state": self.state,
            "process": campaign.pid,
            "host": campaign.host,
            "heartbeat_age_s": self.silence_s,
            "candidates": self.summary.candidates,
            "runs": self.summary.runs,
            "in_flight": len(self.flights),
            "running": [
                {"candidate": f.run.candidate, "tier": f.run.tier, "for_s": self.now - f.started}
                for f in self.flights
                if self.state == "running"
            ],
            "claims_held": self.summary.claims_held,
            "spent": self.spent,
            "limits": {unit.value: limit for unit, limit in self.budget.limits.items()},
            "evaluations_left": self.left,
        }

    def lines(self) -> Iterator[str]:
        """The same in words."""
        from .text import duration, plain

        campaign = self.summary.campaign
        yield f"Campaign {campaign.id} on {plain(campaign.domain)}: {self._state_in_words()}"
        for tier, by_status in self.summary.runs.items():
            ended, scored = sum(by_status.values()), by_status.get("ok", 0)
            without = f", {ended - scored} without a score" if ended > scored else ""
            yield f"  {plain(tier):<12}{ended} ended{without}"
        for peak in self.summary.peaks:
            yield f"  best        {peak.score:.6g} at {plain(peak.tier)}, {peak.candidate}"
        yield from self._spent()
        if self.state == "running":
            yield f"  in flight   {len(self.flights)}"
            for flight in self.flights:
                run, so_far = flight.run, duration(max(0.0, self.now - flight.started))
                yield f"              {run.candidate} at {plain(run.tier)} for {so_far}"
            if self.left is not None:
                yield f"  forecast    at this pace: about {self.left:.0f} more evaluations"
        if self.state not in ("running", "done"):
            yield f"  go on       discover resume {campaign.id} --db {plain(str(self.database))}"

    def _state_in_words(self) -> str:
        from .text import duration, plain

        campaign = self.summary.campaign
        ago = duration(self.silence_s)
        where = f"process {campaign.pid} on {plain(campaign.host)}"
        if self.state == "running":
            why = ": an author thinks, or the value model learns"
            return f"running, {where}, last sign {ago} ago{why * (self.silence_s > QUIET_S)}"
        if self.state == "stale":
            return f"stale: {where} is gone, last sign {ago} ago"
        return f"{self.state}, {ago} ago"

    def _spent(self) -> Iterator[str]:
        from ..search.limits.budget import Unit
        from .ending import amount

        for unit in Unit:
            spent, limit = self.spent.get(unit.value, 0.0), self.budget.limits.get(unit)
            of = f" of {amount(unit, limit)}, {spent / limit:.0%}" if limit else ""
            if spent or limit:
                yield f"  {unit.label:<12}{amount(unit, spent)}{of}"

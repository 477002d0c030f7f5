"""What the commands of `discover memory` print: campaigns and candidates."""

from __future__ import annotations

import shlex
from collections.abc import Container, Sequence
from typing import Any

from ..memory import (
    Memory,
    campaigns,
    candidates,
    claims,
    evaluations,
    figures,
    insights,
    standings,
)
from ..memory.comparison import Side
from ..memory.evaluations import StoredEvaluation
from ..memory.lineage import Relative
from ..memory.standings import Standing
from ..memory.summaries import Summary
from ..memory.transfer import Taken
from . import memory_views as views
from .options import DEFAULT_DATABASE
from .text import duration, plain

RUNS_SHOWN = 20


def campaign_table(found: Sequence[Summary]) -> None:
    rows = [
        (
            views.short(s.campaign.id),
            views.lately(s.campaign.created),
            s.campaign.domain,
            s.campaign.budget,
            state(s),
            s.candidates,
            sum(sum(by_status.values()) for by_status in s.runs.values()),
            f"{s.claims_held}/{s.claims}",
        )
        for s in found
    ]
    columns = ("id", "begun?", "domain", "budget?", "state", "cand.>", "runs>", "claims>")
    views.table(columns, rows, empty="no campaigns yet")


def state(summary: Summary) -> str:
    """The campaign's status; one that says it runs without a process was killed."""
    if summary.campaign.origin:
        return "imported"
    status = summary.campaign.status
    return "killed" if status == "running" and not summary.alive else status.value


def campaign_page(summary: Summary, totals: dict[str, int]) -> None:
    campaign, spent = summary.campaign, summary.spent
    views.fields(
        {
            "campaign": campaign.id,
            "domain": campaign.domain,
            "state": state(summary),
            "from": f"{campaign.origin}: nothing here was measured by this memory"
            if campaign.origin
            else "",
            "begun": views.when(campaign.created),
            "seed": campaign.seed,
            "budget": campaign.budget,
            "spent": ", ".join(_amount(unit, amount) for unit, amount in spent.items()),
            "candidates": summary.candidates,
            "shipped": f"{summary.shipped} results of references, not run here"
            if summary.shipped
            else "",
            "in flight": summary.in_flight or "",
            "claims": f"{summary.claims}, of which {summary.claims_held} hold",
        }
    )
    views.heading("Runs")
    statuses = ("ok", "rejected", "failed", "timeout")
    rows = [(t, *(runs.get(s, 0) for s in statuses)) for t, runs in summary.runs.items()]
    views.table(("tier", *(f"{s}>" for s in statuses)), rows, empty="none yet")
    views.heading("Best of its candidates")
    best = [
        (p.tier, views.short(p.candidate), views.number(p.score), p.seeds) for p in summary.peaks
    ]
    views.table(("tier", "candidate", "median>", "seeds>"), best, empty="none has a score")
    views.heading("The whole memory")
    views.fields({what.replace("_", " "): f"{n:,}" for what, n in totals.items()})


def _amount(unit: str, amount: float) -> str:
    if unit.endswith("_s"):
        return f"{unit[:-2]} {duration(amount)}"
    return f"${amount:.2f}" if unit == "usd" else f"{amount:,.0f} {unit}"


def brought_note(memory: Memory, domain: str) -> None:
    """Says so where what is ranked was measured elsewhere."""
    latest = campaigns.latest(memory, domain)
    if latest is not None and latest.origin:
        views.paragraph(f"Measured elsewhere: it came with {latest.origin}.", "")


def standing_table(memory: Memory, ranking: Sequence[Standing]) -> None:
    digits = figures.digits(s.median for s in ranking)
    rows = [
        (
            views.short(s.candidate),
            *(views.number(score, digits) for score in (s.median, s.low, s.high)),
            s.seeds,
            label(memory, s.candidate),
        )
        for s in ranking
    ]
    columns = ("id", "median>", "low>?", "high>?", "seeds>", "name or idea")
    views.table(columns, rows, empty="none")


def label(memory: Memory, id_: str) -> str:
    """What a person would call the candidate: its name, or the idea behind it."""
    candidate = candidates.get(memory, id_)
    return candidate.name or candidate.idea


def everything_about(memory: Memory, id_: str) -> dict[str, Any]:
    """All that is known of a candidate, as one document."""
    candidate = candidates.get(memory, id_)
    return {
        "id": id_,
        "name": candidate.name,
        "source": candidate.source,
        "blueprint": candidate.blueprint and candidate.blueprint.to_dict(),
        "proposals": [
            {
                "campaign": p.campaign,
                "author": p.author,
                "decision": p.decision,
                "parents": p.candidate.parents,
                "level": p.candidate.level,
                "operator": p.candidate.operator,
                "idea": p.candidate.idea,
            }
            for p in candidates.proposals_of(memory, id_)
        ],
        "standings": standings.standings_of(memory, id_),
        "evaluations": list(evaluations.of_candidate(memory, id_)),
        "claims": claims.of_candidate(memory, id_),
        "insights": insights.of_candidate(memory, id_),
    }


def candidate_page(memory: Memory, id_: str) -> None:
    candidate = candidates.get(memory, id_)
    head = {"candidate": id_, "name": candidate.name}
    for proposal in candidates.proposals_of(memory, id_):
        made = proposal.candidate
        level = f" at level {made.level}" if made.level else ""
        parents = ", ".join(map(views.short, made.parents))
        origin = campaigns.get(memory, proposal.campaign).origin
        views.fields(
            {
                **head,
                "campaign": proposal.campaign + (f", which came with {origin}" if origin else ""),
                "made by": f"{made.operator}{level}, author {proposal.author}",
                "from": parents,
                "idea": made.idea,
            }
        )
        head = {}
    runs = list(evaluations.of_candidate(memory, id_, curves=False))
    views.heading("Scores, median over seeds")
    scores_table(standings.standings_of(memory, id_), any(r.score is not None for r in runs))
    views.heading(f"Runs ({len(runs)}; the last {RUNS_SHOWN} at most)")
    run_table(runs[-RUNS_SHOWN:], campaigns.imported(memory))
    for title, lines in (
        ("Claims", _claims(memory, id_)),
        ("Insights", [f"{i.kind}: {i.text}" for i in insights.of_candidate(memory, id_)]),
    ):
        if lines:
            views.heading(title)
            for line in lines:
                views.fields({"-": line})
    where = "" if memory.path == DEFAULT_DATABASE else f" --db {shlex.quote(str(memory.path))}"
    views.heading(f"Code: discover memory show --source {views.short(id_)}{where}")


def _claims(memory: Memory, id_: str) -> list[str]:
    """What is claimed, the latest first, each with its verdict."""
    found = claims.judged(memory, claims.of_candidate(memory, id_)[::-1])
    return [f"{judged.verdict}: {judged.claim.statement}" for judged in found]


def scores_table(found: Sequence[Standing], had: bool) -> None:
    """Its standings; `had` says whether any run gave a score, by whatever definition."""
    rows = [
        (
            s.domain,
            s.tier,
            *(views.number(score) for score in (s.median, s.low, s.high)),
            s.seeds,
        )
        for s in found
    ]
    columns = ("domain", "tier", "median>", "low>", "high>", "seeds>")
    why = "none by the domain's present definition" if had else "none: no run gave one"
    views.table(columns, rows, empty=why)


def run_table(runs: Sequence[StoredEvaluation], imported: Container[str]) -> None:
    rows = [
        (
            r.run.tier,
            r.run.seed,
            "imported" if r.run.campaign in imported else r.run.purpose.value,
            r.evaluation.status.value,
            views.number(r.score),
            duration(r.evaluation.cpu_s),
        )
        for r in runs
    ]
    columns = ("tier", "seed>", "purpose?", "status", "score>", "CPU>?")
    views.table(columns, rows, empty="none")
    _told("Reasons", [(r, r.evaluation.reason) for r in runs if r.evaluation.reason])
    _told("Metrics", [(r, _metrics(r)) for r in runs if r.evaluation.metrics])


def _told(title: str, lines: Sequence[tuple[StoredEvaluation, str]]) -> None:
    """What each run said, whole: no table is wide enough for it."""
    if lines:
        views.heading(title)
    for stored, text in lines:
        views.paragraph(text, f"{plain(stored.run.tier)}, seed {stored.run.seed}  ")


def _metrics(stored: StoredEvaluation) -> str:
    return ", ".join(f"{k} {views.number(v)}" for k, v in stored.evaluation.metrics.items())


def with_scores(memory: Memory, relatives: Sequence[Relative]) -> list[dict[str, Any]]:
    """Relatives as objects, each with its standings."""
    return [
        {**vars(relative), "standings": standings.standings_of(memory, relative.id)}
        for relative in relatives
    ]


def lineage_table(relatives: Sequence[dict[str, Any]]) -> None:
    rows = [
        (
            f"{r['distance']:+d}" if r["distance"] else "*",
            views.short(r["id"]),
            r["level"] or "",
            r["operator"],
            " ".join(f"{s.tier} {views.number(s.median)}" for s in r["standings"]) or "-",
            r["name"] or r["idea"],
        )
        for r in relatives
    ]
    columns = ("gen.>", "id", "level?", "operator", "scores", "name or idea")
    views.table(columns, rows, empty="none")


def comparison_table(pair: tuple[str, str], sides: Sequence[Side]) -> None:
    digits = figures.digits(s.median for side in sides for s in (side.first, side.second) if s)
    rows = [
        (
            side.domain,
            side.tier,
            *(
                f"{views.number(s.median, digits)} ({s.seeds})" if s else "-"
                for s in (side.first, side.second)
            ),
            views.number(side.difference),
            len(side.pairs),
        )
        for side in sides
    ]
    views.fields({"first": pair[0], "second": pair[1]})
    columns = ("domain", "tier", "first>", "second>", "differ>", "pairs>")
    views.table(columns, rows, empty="neither has a score")
    if rows:
        views.paragraph(
            "Medians (seeds); the difference is the mean of first minus second over shared seeds,"
            f" no claim. {_better(sides)}",
            "",
        )


def _better(sides: Sequence[Side]) -> str:
    """Which way is up, for each objective."""
    ways = {s.objective: "higher" if s.direction == "max" else "lower" for s in sides}
    return " ".join(f"{name}: {way} is better." for name, way in ways.items())


def taken_over(taken: Taken, as_json: bool) -> None:
    """What an import or a merge brought."""
    if as_json:
        views.print_json(taken)
        return
    print(
        f"{taken.campaigns} campaigns, {taken.candidates} candidates and"
        f" {taken.evaluations} evaluations taken over;"
        f" {taken.campaigns_known} campaigns were here already and are left as they are"
    )

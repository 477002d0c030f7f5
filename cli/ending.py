"""The end of a run, in words: what was claimed, where the code is, how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..memory.campaigns import CampaignStatus
from ..memory.evaluations import Purpose
from ..search.claims.rivals import Rival
from ..search.limits.budget import SECONDS, Unit
from ..search.report.summary import Scored, Summary
from ..space import GATE
from .text import duration, plain

SHOWN_ROWS, SHOWN_KNOWN = 5, 3
APART: Mapping[str, str] = {Purpose.REFERENCE: "of references", Purpose.VERIFY: "to verify"}


def report(summary: Summary) -> str:
    """The last words of a run. The texts of candidates in it are made harmless."""
    parts = (_what_happened, _table, _trade_off, _validation, _claims, _next_steps)
    sections = (part(summary) for part in parts)
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section)))


def amount(unit: Unit, value: float) -> str:
    """An amount of a budget's unit, readable."""
    if unit in SECONDS:
        return duration(value)
    return f"${value:,.2f}" if unit is Unit.MONEY else f"{value:,.0f}"


def _what_happened(summary: Summary) -> Iterator[str]:
    yield (
        f"Campaign {summary.campaign_id} on {plain(summary.domain)} is {summary.status}: "
        f"{plain(summary.reason)}."
    )
    yield f"  evaluations  {_evaluations(summary)}"
    if summary.failures:
        yield f"  no score     {_counts(summary.failures)}"
        for run in summary.failed:
            also = f" (and {run.runs - 1} more)" if run.runs > 1 else ""
            why = plain(run.reason, 160)
            yield f"               {run.candidate} {run.status} at {plain(run.tier)}{also}: {why}"
    yield f"  spent        {_spent(summary)}"
    if summary.hindsight is not None:
        yield f"  value model  {plain(summary.hindsight.brief)}"
    if summary.coverage is not None:
        kinds, names = summary.coverage, ", ".join(map(plain, summary.coverage.descriptors))
        yield (
            f"  kinds        {kinds.kinds} of candidates and references, told apart by {names}: "
            f"{kinds.share:.0%} of all, QD-score {kinds.qd_score:.4g}"
        )
    yield f"  isolation    {plain(summary.isolation)}, seed {summary.seed}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {plain(name)}" for name, n in counts.items() if n)


def _evaluations(summary: Summary) -> str:
    """What the budget counts, by what it was for, and the runs at the gate, which it does not."""
    searched = {tier: n for tier, n in summary.evaluations.items() if tier != GATE}
    total = sum(searched.values()) + sum(summary.apart.values())
    parts = [f"{_counts(searched)} to search"] if searched else []
    parts += [f"{n} {APART[purpose]}" for purpose, n in summary.apart.items() if n]
    gated = summary.evaluations.get(GATE, 0)
    free = f"{gated} at the gate, not counted" if gated else ""
    counted = f"{total}: {', '.join(parts)}" if total else "none"
    return "; ".join(filter(None, (counted, free)))


def _spent(summary: Summary) -> str:
    parts = []
    for unit in Unit:
        value = summary.spent.get(unit.value, 0.0)
        limit = summary.limits.get(unit.value)
        if value or limit:
            of = f" of {amount(unit, limit)}" if limit else ""
            parts.append(f"{unit.label} {amount(unit, value)}{of}")
    return ", ".join(parts) or "nothing"


def _table(summary: Summary) -> Iterator[str]:
    known = summary.known[:SHOWN_KNOWN]
    rows = [*summary.best[:SHOWN_ROWS], *known, *summary.references[:SHOWN_ROWS]]
    if not rows:
        return
    unit = f" in {plain(summary.unit)}" if summary.unit else ""
    better = "higher" if summary.direction == "max" else "lower"
    goal = f"{plain(summary.objective)}{unit} ({better} is better)"
    title = "Best of the search" if summary.best else "Nothing new has a score; to beat"
    yield f"{title} at tier {plain(summary.tier)}, by {goal}:"
    for row in _sorted(rows, summary):
        yield f"  {_row(row)}{'  of an earlier campaign' if row in known else ''}"
    if summary.best or known:
        yield "  A place in this table is no claim: it may be luck with seeds."
    if any(row.expected is not None for row in rows):
        yield "  Expected is the score with that luck taken off, as the best of many have most."


def _sorted(rows: Iterable[Scored], summary: Summary) -> list[Scored]:
    return sorted(rows, key=lambda row: row.score, reverse=summary.direction == "max")


def _trade_off(summary: Summary) -> Iterator[str]:
    """The candidates that nobody beats in every objective, where there is a choice."""
    found = summary.trade_off
    if found is None or len(found.points) < 2:
        return
    names = {row.candidate_id: row.name for row in summary.references}
    between = " and ".join(plain(name) for name in found.objectives)
    yield f"Trade-offs between {between} (hypervolume {found.hypervolume:.3f} of 1):"
    for candidate, values in list(found.points.items())[:SHOWN_ROWS]:
        who = f"reference {plain(names[candidate], 40)}" if candidate in names else candidate
        yield f"  {' '.join(f'{value:12.6g}' for value in values)}  {who}"


def _validation(summary: Summary) -> Iterator[str]:
    """The best against every reference, those first that are not behind."""
    found = summary.validation
    if found is None:
        return
    behind, all_ = len(found.behind), len(found.rivals)
    scores = f"{found.candidate} scores {found.score:.4g} on {found.items} items"
    of_it = f"Validation at tier {plain(found.tier)}: {scores}"
    if found.met_nobody:
        done = summary.status is CampaignStatus.DONE
        why = "the time was up" if done else "it was interrupted"
        yield f"{of_it}; {why} before a reference was run."
        return
    yield f"{of_it}, ahead of {behind} of {all_} references:"
    if found.bar != found.score:
        yield f"  It saw a part of the items: {found.bar:.4g}, an end of its interval, is compared."
    sign = 1 if summary.direction == "max" else -1
    for rival in sorted(
        found.rivals, key=lambda r: (r.behind, not r.items, -sign * (r.score or 0))
    ):
        yield f"  {_rival(rival, found.bar, sign)}"


def _rival(rival: Rival, bar: float, sign: int) -> str:
    name = f"{plain(rival.name, 30):24}"
    if rival.score is None or rival.worst is None or rival.best is None:
        return f"{name} no score: {plain(rival.reason, 200)}"
    ahead = sign * (rival.worst - bar) > 0
    verdict = "behind" if rival.behind else "ahead" if ahead else "not shown behind"
    low, high = sorted((rival.worst, rival.best))
    items, kind = rival.items, "items, shipped" if rival.ships else "items"
    return f"{name} {rival.score:.3f} [{low:.3f}, {high:.3f}] {items:4} {kind}  {verdict}"


def _row(row: Scored) -> str:
    who = f"reference {plain(row.name, 40)}" if row.is_reference else row.candidate_id
    expected = "" if row.expected is None else f"  expected {row.expected:.4g}"
    return f"{row.score:12.6g}  {row.seeds} seed{'s' if row.seeds != 1 else ' '}  {who}{expected}"


def _claims(summary: Summary) -> Iterator[str]:
    if summary.no_claim_reason:
        nothing = "Nothing new" if summary.held_before else "Nothing"
        yield f"{nothing} is claimed: {plain(summary.no_claim_reason)}."
    else:
        yield "Claims, on paired fresh seeds:"
    for sentence in summary.sentences:
        yield f"  {plain(sentence)}"
    if summary.held_before:
        yield "Claimed before, and it holds:"
    for claim in summary.held_before:
        yield f"  {plain(claim.statement)}"


def _best_claimed(summary: Summary) -> str | None:
    """The candidate that is furthest ahead, by what holds against the reference of the newest
    claim at its tier: others are not comparable."""
    now = [c for c in summary.comparisons if c.holds]
    held = [(c.reference, c.tier, c.difference, c.candidate_id) for c in now]
    held += [(c.reference, c.tier, c.difference, c.candidate) for c in summary.held_before]
    alike = [claim for claim in held if claim[:2] == held[0][:2]]
    return max(alike, key=lambda claim: claim[2])[3] if alike else None


def _next_steps(summary: Summary) -> Iterator[str]:
    database = plain(summary.database)
    held = _best_claimed(summary)
    leader = next(iter(_sorted([*summary.best[:1], *summary.known[:1]], summary)), None)
    first = held or (leader.candidate_id if leader else None)
    if leader and not held and not _ahead(leader, summary):
        yield "Nothing that was found is ahead of the references: there is no code to take."
    elif first:
        yield f"Take the code   discover export {first} --to {first} --db {database}"
    if first:
        yield f"Look at it      discover memory show {first} --db {database}"
    yield f"Browse          discover browse --db {database}"
    if summary.hindsight is not None and summary.hindsight.any_measured:
        yield f"Predictions     discover value report --plot FILE --db {database}"
    if summary.status is not CampaignStatus.DONE:
        yield f"Go on           discover resume {summary.campaign_id} --db {database}"
    elif not summary.best and summary.too_slow:
        yield (
            "The model is too slow for this budget: name a faster one, or begin a new campaign "
            "with a longer budget."
        )
    elif not summary.best and summary.failures:
        yield "If the domain is to blame: mend it and begin a new campaign. Changed, it is another."
    else:
        more = f"discover resume {summary.campaign_id} --budget MORE --db {database}"
        yield f"Search on       {more}"


def _ahead(leader: Scored, summary: Summary) -> bool:
    """Whether the best that was found scored better than everything that was there before."""
    sign = 1 if summary.direction == "max" else -1
    return all(sign * leader.score > sign * row.score for row in summary.references)

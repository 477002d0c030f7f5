"""A candidate as it is handed out: its module, and a card that says what is known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from .. import __version__
from ..harmless import markdown as _cell
from ..memory import (
    Memory,
    campaigns,
    candidates,
    claims,
    evaluations,
    lineage,
    scores,
    standings,
)
from ..memory.campaigns import Campaign
from ..memory.candidates import Proposal
from ..space import Status
from .text import plain

LICENCE = "Apache-2.0"
REFERENCE = "reference"
"""The author of a domain's own references, as campaigns enter them."""


@dataclass(frozen=True)
class Export:
    """A module's name, its source, and its card in Markdown."""

    module: str
    source: str
    card: str


def describe(memory: Memory, candidate: str) -> Export:
    """What memory knows of the candidate with this id, ready to be written to files."""
    origin = candidates.proposals_of(memory, candidate)[0]
    campaign = campaigns.get(memory, origin.campaign)
    domain = campaign.domain
    module = f"{_identifier(domain)}_{candidate}"
    head = (
        f"# SPDX-License-Identifier: {LICENCE}\n"
        f"# {plain(domain)} {_what(origin)} {candidate}, {_source(origin)}.\n"
    )
    sections = (
        _origin(origin, domain, module),
        _scored(memory, campaign, candidate),
        _claimed(memory, candidate),
        _measured(memory, candidate, campaign.objective),
        _lineage(memory, candidate),
        ["## Licence", "", f"{LICENCE}. Read code that a search wrote before you rely on it."],
    )
    card = "\n\n".join("\n".join(section) for section in sections)
    return Export(module, head + origin.candidate.source, card + "\n")


def _origin(origin: Proposal, domain: str, module: str) -> Iterator[str]:
    candidate = origin.candidate
    yield f"# {_cell(domain)} {_what(origin)} {candidate.id}"
    yield ""
    yield f"It {'is' if origin.author == REFERENCE else 'was'} {_source(origin)}."
    yield ""
    yield f"- code: `{module}.py`"
    if candidate.name:
        yield f"- name: {_cell(candidate.name)}"
    yield f"- campaign: `{origin.campaign}`, author {_cell(origin.author)}"
    level = f" at level {candidate.level}" if candidate.level else ""
    yield f"- made by: {_cell(candidate.operator)}{level}"
    if candidate.idea:
        yield f"- idea: {_cell(candidate.idea)}"


def _what(origin: Proposal) -> str:
    return "reference" if origin.author == REFERENCE else "candidate"


def _source(origin: Proposal) -> str:
    """Who made it: a reference is no discovery."""
    if origin.author == REFERENCE:
        return f"a known design that the domain ships, written out by Discover {__version__}"
    return f"found by Discover {__version__}"


def _scored(memory: Memory, campaign: Campaign, candidate: str) -> Iterator[str]:
    """What everybody asks first, beside the best that was known before."""
    better = "higher" if campaign.direction == "max" else "lower"
    yield "## Score"
    yield ""
    found = standings.standings_of(memory, candidate)
    if not found:
        earlier = any(s.score is not None for s in evaluations.of_candidate(memory, candidate))
        yield "None under the domain's present definition." if earlier else "No run gave one."
    for standing in found:
        seeds = f"median of {standing.seeds} seed{'' if standing.seeds == 1 else 's'}"
        yield (
            f"- {_cell(standing.objective)} {standing.median:.6g} at tier {_cell(standing.tier)}"
            f" ({better} is better; {seeds}){_beside(memory, campaign, standing.tier)}"
        )


def _beside(memory: Memory, campaign: Campaign, tier: str) -> str:
    known = scores.references(memory, campaign.id, tier)
    if not known:
        return ""
    name = max(known, key=lambda name: campaign.sign * known[name])
    return f"; the best reference there is {_cell(name)}, {known[name]:.6g}"


def _measured(memory: Memory, candidate: str, objective: str) -> Iterator[str]:
    values: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    isolation = set()
    current = campaigns.comparable(memory)
    for stored in evaluations.of_candidate(memory, candidate, curves=False):
        if stored.evaluation.status is Status.OK and stored.run.campaign in current:
            isolation.add(stored.evaluation.isolation)
            for name, value in stored.evaluation.metrics.items():
                values[stored.run.tier, name][stored.run.seed] = value
    yield "## Measured"
    yield ""
    if not values:
        yield "Nothing: no run of it ended well under the domain's present definition."
        return
    yield "| tier | metric | median | lowest | highest | seeds |"
    yield "|---|---|---|---|---|---|"
    ends = {key: _ends(*key) for key in values if all(end in values for end in _ends(*key))}
    shown = [key for key in values if not any(key in pair for pair in ends.values())]
    for tier, name in sorted(shown, key=lambda key: key[1] != objective):
        runs = values[tier, name].values()
        interval = [f"{median(values[end].values()):.6g}" for end in ends.get((tier, name), ())]
        within = f" [{', '.join(interval)}]" if interval else ""
        figures = f"{median(runs):.6g}{within} | {min(runs):.6g} | {max(runs):.6g} | {len(runs)}"
        yield f"| {_cell(tier)} | {_cell(name)} | {figures} |"
    yield ""
    if ends:
        yield "In brackets: the interval at 95 % that each run gives, its ends' medians over seeds."
        yield ""
    yield f"Isolation of these runs: {_cell(', '.join(sorted(isolation - {''})) or 'not known')}."


def _ends(tier: str, name: str) -> list[tuple[str, str]]:
    """Where the ends of a figure's interval stand, where its domain gives one."""
    return [(tier, f"{name}_low"), (tier, f"{name}_high")]


def _claimed(memory: Memory, candidate: str) -> Iterator[str]:
    yield "## Claims"
    yield ""
    found = claims.judged(memory, claims.of_candidate(memory, candidate))
    if not found:
        yield "None: it was not verified against a reference."
    for judged in found:
        seeds = ", ".join(map(str, judged.claim.seeds))
        yield f"- {_cell(judged.claim.statement)} ({_cell(judged.verdict)}; seeds {seeds})"


def _lineage(memory: Memory, candidate: str) -> Iterator[str]:
    yield "## Lineage"
    yield ""
    found = lineage.ancestors(memory, candidate)
    if not found:
        yield "It has no parents."
    for relative in found:
        name = f" {_cell(relative.name)}" if relative.name else ""
        how = _cell(" ".join(filter(None, (relative.operator, relative.level, relative.idea))))
        yield f"- {-relative.distance} back: `{relative.id}`{name}: {how}"


def _identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    return name if name[:1].isalpha() else f"candidate_{name}".rstrip("_")

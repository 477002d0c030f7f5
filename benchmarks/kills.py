"""Random SIGKILLs of whole campaigns, each resumed, over domains.

    python -m discover.benchmarks.kills --kills 100
    python -m discover.benchmarks.kills --kills 300 --domain tabular

So many kills on each domain: those that come with Discover, with their runs made short, and
one of programs that do nothing. After every kill: the memory is sound, nothing stored is
lost, nothing counted twice, no more than what was in flight begun again, no budget passed,
the best score of the search never lower, and what was verified concluded. Where a campaign
ended before it could be killed, the same is checked, but that counts as no kill; the next begins
on the same memory.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from .fault_kit import Place, finish, kill_group

TABULAR = """
from pathlib import Path
from discover.evaluators.tabular import TabularDomain
domain = TabularDomain.load(Path(__file__).with_name("t.yaml"))
"""
SPEC = """
name: ones
table: t.csv
encoding: {kind: digits, column: ops, length: 8, codes: {"0": none, "1": conv, "2": pool}}
query: {column: val}
"""
LINEAR_ATTENTION = """
from dataclasses import replace
from discover.evaluators.linear_attention import domain as full

class Domain(full.LinearAttention):
    name = "brief-linear-attention"
    tiers = (replace(full.TIERS[0], expected_s=1.0, ranks=True),)
    verify = full.LinearAttention.run

short = [replace(exam, steps=exam.steps // 10) for exam in full.EXAMS["smoke"]]
full.EXAMS = {**full.EXAMS, "smoke": short}
domain = Domain
"""
AGENT_WORKFLOW = """
from discover.evaluators.workflow import domain as full

class Domain(full.AgentWorkflow):
    name = "brief-agent-workflow"
    tiers = full.TIERS[:1]

full.ITEMS = {"quick": 12}
domain = Domain
"""
DOMAINS = {
    "tabular": TABULAR,
    "linear-attention": LINEAR_ATTENTION,
    "agent-workflow": AGENT_WORKFLOW,
}
BUDGETS = {"tabular": 300, "linear-attention": 24, "agent-workflow": 40, "programs": 40}
"""Evaluations of one campaign: few, so that kills fall into verification too."""
SLOTS = 2
TOLD_EVERY = 10
"""After so many kills it is said how they went: what is broken off has shown something too."""
IN_FLIGHT = "SELECT candidate, tier, seed, purpose, campaign FROM in_flight"
AGAIN = "SELECT candidate, tier, seed, purpose, campaign FROM evaluations WHERE attempt > 1"
SPENT = "SELECT campaign, sum(amount) FROM ledger WHERE unit = 'evaluations' GROUP BY campaign"
UNCLAIMED = """
    SELECT DISTINCT c.id FROM campaigns c
    JOIN evaluations ours ON ours.campaign = c.id JOIN evaluations theirs
      ON theirs.campaign = c.id AND theirs.tier = ours.tier AND theirs.seed = ours.seed
    WHERE c.status = 'done' AND ours.candidate < theirs.candidate
      AND ours.purpose = 'verify' AND theirs.purpose = 'verify'
      AND ours.score IS NOT NULL AND theirs.score IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM claims WHERE campaign = c.id)
"""
"""Campaigns that verified whole pairs, and ended without a word on them."""


def prepare(place: Place, domain: str) -> None:
    """Let `place` be about `domain`."""
    place.environment["DISCOVER_BENCH_SLOW_S"] = "0.05"
    if domain == "tabular":
        rows = ["".join(code) for code in itertools.product("012", repeat=8)]
        lines = [f"{row},{sum(i + 1 for i, c in enumerate(row) if c == '1')}" for row in rows]
        (place.folder / "t.csv").write_text("ops,val\n" + "\n".join(lines) + "\n")
        (place.folder / "t.yaml").write_text(SPEC)
    if domain in DOMAINS:
        place.domain = place.folder / "domain.py"
        place.domain.write_text(DOMAINS[domain])


def kill_once(place: Place, domain: str, began: set[tuple[object, ...]]) -> tuple[bool, list[str]]:
    """Start or resume, and kill after some results: whether it lived until then, and what is
    wrong. `began` grows by what was in flight."""
    before, best = place.results(), place.best()
    waiting = place.rows("SELECT 1 FROM campaigns WHERE status <> 'done'")
    process = (
        place.start("resume", "--db", place.db)
        if waiting
        else place.search(f"{BUDGETS[domain]}evals", "--slots", SLOTS, *_varied(place.rng))
    )
    place.wait_for(process, len(before) + place.rng.randrange(1, 5))
    time.sleep(place.rng.expovariate(4))
    kill_group(process)
    ended = finish(process)
    if ended.code not in (0, 3, -9):
        return False, [f"it ended by itself with {ended.code}: {ended.err[-500:]}"]
    cut_off = place.rows(IN_FLIGHT)
    began.update(cut_off)
    found = place.audit(before)
    wrong = list(found.problems)
    if len(cut_off) > SLOTS:
        wrong.append(f"{len(cut_off)} were in flight in {SLOTS} slots")
    if found.lost or found.doubled:
        wrong.append(f"{found.lost} lost, {found.doubled} double-counted")
    repeated = set(place.rows(AGAIN)) - began
    if repeated:
        wrong.append(f"{len(repeated)} repeated that were not in flight")
    wrong += [f"{id_} spent {n:g}" for id_, n in place.rows(SPENT) if n > BUDGETS[domain]]
    wrong += [f"{id_} claims nothing of what it verified" for (id_,) in place.rows(UNCLAIMED)]
    after = place.best()
    if best is not None and (after is None or after < best):
        wrong.append(f"the best was {best} and is {after}")
    return ended.code == -9, wrong


def _varied(rng: Random) -> tuple[object, ...]:
    """What differs between campaigns: the seed, and now and then a value model."""
    model = "--value-model" if rng.random() < 0.25 else "--no-value-model"
    return "--seed", rng.randrange(10**6), model


def kill_many(kills: int, domain: str, seed: int) -> bool:
    """So many kills on one memory, and a resume of what is left; prints what was seen."""
    counts: Counter[str] = Counter()
    began: set[tuple[object, ...]] = set()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), Random(seed))
        prepare(place, domain)
        while (number := counts["clean"] + counts["broken"]) < kills:
            killed, wrong = kill_once(place, domain, began)
            counts["broken" if wrong else "clean" if killed else "ended before"] += 1
            for line in wrong:
                print(f"kill {number}: {line}", file=sys.stderr, flush=True)
            if killed and (number + 1) % TOLD_EVERY == 0:
                found = f"{dict(counts)}, {len(began)} runs were in flight"
                print(f"{domain}: {number + 1} kills, {found}", file=sys.stderr, flush=True)
            if counts["ended before"] > kills:
                sys.exit(f"{domain}: too few campaigns live until they are killed: {dict(counts)}")
        again = len(place.rows(AGAIN))
        states = dict(place.rows("SELECT status, count(*) FROM campaigns GROUP BY status"))
        before = place.results()
        ended = finish(place.start("resume", "--db", place.db))
        final = place.audit(before)
        unclaimed = place.rows(UNCLAIMED)
    print(f"{domain}: {kills} kills, {dict(counts)}, campaigns {states}, {len(before)} results")
    print(f"  {len(began)} runs were in flight when killed, {again} of them ended later")
    print(f"  resumed at last: exit {ended.code}, problems {final.problems or 'none'}", flush=True)
    if unclaimed:
        print(f"  without claims on what they verified: {unclaimed}", flush=True)
    sound = ended.code in (0, 2, 3) and not final.problems and not final.lost + final.doubled
    sound = sound and not unclaimed
    if not sound:
        print(ended.err[-2000:], file=sys.stderr)
    return sound and not counts["broken"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--domain", nargs="+", choices=BUDGETS, default=[*DOMAINS])
    options = parser.parse_args()
    clean = [kill_many(options.kills, domain, options.seed) for domain in options.domain]
    sys.exit(not all(clean))


if __name__ == "__main__":
    main()

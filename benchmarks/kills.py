"""Random SIGKILLs of whole campaigns, each resumed, over domains.

    python -m discover.benchmarks.kills --kills 300
    python -m discover.benchmarks.kills --kills 4 --domain linear-attention

After every kill: the memory is sound, nothing stored is lost, nothing counted twice, no
more than what was in flight begun again, and the best score of the search never lower.
Campaigns that end between two kills are counted, and new ones begun on the same memory.
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

TABLE = """
from pathlib import Path
from discover.evaluators.tabular import TabularDomain
domain = TabularDomain.load(Path(__file__).with_name("t.yaml"))
"""
SPEC = """
name: ones
table: t.csv
encoding: {kind: digits, column: ops, length: 6, codes: {"0": none, "1": conv, "2": pool}}
query: {column: val}
"""
BUDGETS = {"faulty": "40evals", "tabular": "300evals", "linear-attention": "20m"}
IN_FLIGHT = "SELECT candidate, tier, seed, purpose FROM in_flight"
AGAIN = "SELECT candidate, tier, seed, purpose FROM evaluations WHERE attempt > 1"


def prepare(place: Place, domain: str) -> None:
    """Let `place` be about `domain`."""
    if domain == "tabular":
        rows = ["".join(code) for code in itertools.product("012", repeat=6)]
        lines = [f"{row},{sum(i + 1 for i, c in enumerate(row) if c == '1')}" for row in rows]
        (place.folder / "t.csv").write_text("ops,val\n" + "\n".join(lines) + "\n")
        (place.folder / "t.yaml").write_text(SPEC)
        place.domain = place.folder / "t.py"
        place.domain.write_text(TABLE)
    elif domain == "linear-attention":
        place.domain = Path(domain)
    place.environment["DISCOVER_BENCH_SLOW_S"] = "0.05"


def kill_once(place: Place, domain: str, began: set[tuple[object, ...]]) -> list[str]:
    """Start or resume, kill after some results, and say what is wrong; `began` grows by what
    was in flight when it was killed."""
    before, best = place.results(), place.best()
    waiting = place.rows("SELECT 1 FROM campaigns WHERE status <> 'done'")
    process = (
        place.start("resume", "--db", place.db)
        if waiting
        else place.search(BUDGETS[domain], "--seed", place.rng.randrange(10**6))
    )
    place.wait_for(process, len(before) + place.rng.randrange(1, 5))
    time.sleep(place.rng.expovariate(4))
    kill_group(process)
    ended = finish(process)
    if ended.code not in (0, 3, -9):
        return [f"it ended by itself with {ended.code}: {ended.err[-500:]}"]
    began.update(place.rows(IN_FLIGHT))
    found = place.audit(before)
    wrong = list(found.problems)
    if found.lost or found.doubled:
        wrong.append(f"{found.lost} lost, {found.doubled} double-counted")
    repeated = set(place.rows(AGAIN)) - began
    if repeated:
        wrong.append(f"{len(repeated)} repeated that were not in flight")
    after = place.best()
    if best is not None and (after is None or after < best):
        wrong.append(f"the best was {best} and is {after}")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--domain", choices=BUDGETS, default="faulty")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), Random(options.seed))
        prepare(place, options.domain)
        began: set[tuple[object, ...]] = set()
        for number in range(options.kills):
            wrong = kill_once(place, options.domain, began)
            counts["clean" if not wrong else "broken"] += 1
            for line in wrong:
                print(f"kill {number}: {line}", file=sys.stderr, flush=True)
        again = len(place.rows(AGAIN))
        done = place.rows("SELECT status, count(*) FROM campaigns GROUP BY status")
        ended = finish(place.start("resume", "--db", place.db, "--budget", "10evals"))
        final = place.audit(place.results())
    print(f"{options.domain}: {options.kills} kills, {dict(counts)}, campaigns {dict(done)}")
    print(f"  {len(began)} runs were in flight when killed, {again} of them ended later")
    print(f"  the last campaign, resumed: exit {ended.code}, problems {final.problems or 'none'}")
    if ended.code not in (0, 2, 3):
        print(ended.err[-2000:], file=sys.stderr)
    sys.exit(counts["broken"] > 0 or ended.code not in (0, 2, 3) or bool(final.problems))


if __name__ == "__main__":
    main()

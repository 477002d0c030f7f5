"""Campaigns under faults: what survives, what is lost, what is counted twice.

    python -m discover.benchmarks.faults --seeds 5
    python -m discover.benchmarks.faults --only sigkill replay --seeds 20

Each fault strikes a real `discover` in processes of its own, at a moment that the seed
draws. It is survived where the campaign ends as it should: done, or stopped with one line
and then resumed to its end, with nothing stored lost, nothing charged or counted twice,
no score that was not earned, and a sound memory.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from . import fault_endpoints, fault_machine
from .fault_kit import Ended, Place, finish, kill_group

RUNS = "14evals"


class Broken(AssertionError):
    """A trial that was not survived; the message says why."""


@dataclass(frozen=True)
class Trial:
    """What one fault at one seed led to."""

    survived: bool
    lost: int = 0
    doubled: int = 0
    why: str = ""


Fault = Callable[[Place], None]


def require(condition: bool, why: object) -> None:
    if not condition:
        raise Broken(str(why)[-300:])


def ended_well(ended: Ended, codes: Sequence[int] = (0, 3)) -> None:
    """The command ended by itself, without a traceback."""
    require(ended.code in codes and not ended.traceback, f"exit {ended.code}: {ended.err}")


def _hostile(kind: str) -> Fault:
    """Candidates that misbehave: each fails by itself, and no score is anything but earned."""

    def strike(place: Place) -> None:
        place.environment["DISCOVER_BENCH_FAULT"] = kind
        ended = finish(place.search(RUNS, "--seed", place.rng.randrange(1000)))
        ended_well(ended, (0, 3, 6))
        sql = "SELECT e.score, c.source FROM evaluations e JOIN candidates c ON c.id = e.candidate"
        scored = place.rows(f"{sql} WHERE e.score IS NOT NULL AND e.purpose = 'search'")
        require(ended.code != 6 or not scored, "candidates ran well, and the end denies it")
        for score, source in scored:
            number = int(source.splitlines()[0].removeprefix("N = "))
            honest = "return N\n" in source
            require(score == (number if honest else 0) - 1000, f"{source!r} scored {score}")
        failed = place.rows("SELECT 1 FROM evaluations WHERE status IN ('failed', 'timeout')")
        require(bool(failed) or kind == "tamper", "no candidate misbehaved")

    return strike


def sigkill(place: Place) -> None:
    """Two kills of everything at random moments, then a resume to the end."""
    place.environment["DISCOVER_BENCH_SLOW_S"] = "0.1"
    process = place.search(RUNS)
    for _ in range(2):
        before = place.results()
        if not place.wait_for(process, len(before) + 1):
            break
        time.sleep(place.rng.uniform(0, 0.8))
        before, best = place.results(), place.best()
        kill_group(process)
        process.communicate()
        found = place.audit(before)
        require(not found.problems, found.problems)
        after = place.best()
        require(best is None or (after is not None and after >= best), f"{best} became {after}")
        process = place.start("resume", "--db", place.db, "--json")
    ended_well(finish(process), (0, 2, 3))
    status = place.rows("SELECT status FROM campaigns")
    require(status == [("done",)], status)


def replay(place: Place) -> None:
    """The same seed gives the same search, and the record is made again without a difference."""
    seed, found = place.rng.randrange(1000), []
    for name in ("a.db", "b.db"):
        place.db = name
        ended_well(finish(place.search(RUNS, "--slots", 1, "--seed", seed)))
        found.append([key for key in place.results() if key[3] == "search"])
    require(found[0] == found[1] != [], "the same seed searched differently")
    ended_well(finish(place.start("replay", "last", "--db", place.db)), (0,))


def unreadable_table(place: Place) -> None:
    """A table with a broken line: one line that names it, and nothing stored."""
    spec = "name: t\ntable: t.csv\nencoding: {kind: digits, column: ops, length: 2, codes: "
    spec += "{'0': a, '1': b}}\nquery: {column: val}\n"
    (place.folder / "t.yaml").write_text(spec)
    rows = ["ops,val", "00,1.0", "01,2.0", "10,3.0", "11,4.0"]
    broken = ["01,many", "01", "01,nan", "01,2.0,3.0,4.0", "\x00\x00", "77,1.0"]
    rows[place.rng.randrange(1, 5)] = place.rng.choice(broken)
    (place.folder / "t.csv").write_text("\n".join(rows))
    place.domain = place.folder / "t.py"
    place.domain.write_text(
        "from pathlib import Path\nfrom discover.evaluators.tabular import TabularDomain\n"
        "domain = TabularDomain.load(Path(__file__).with_name('t.yaml'))\n"
    )
    ended = finish(place.search("5evals"))
    ended_well(ended, (2,))
    require(len(ended.err.splitlines()) == 1, ended.err)
    require(not place.rows("SELECT 1 FROM campaigns"), "a campaign was stored")


FAULTS: dict[str, Fault] = {
    "hang": _hostile("hang"),
    "exit": _hostile("exit"),
    "tamper": _hostile("tamper"),
    "sigkill": sigkill,
    "replay": replay,
    "out-of-memory": _hostile("memory"),
    "unreadable-table": unreadable_table,
    **fault_machine.FAULTS,
    **fault_endpoints.FAULTS,
}


def attempt(strike: Fault, seed: int) -> Trial:
    """One fault at one seed, in a folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), Random(seed))
        why = ""
        try:
            strike(place)
        except AssertionError as error:
            why = str(error) or traceback.format_exc(limit=-2)
        except Exception:
            why = traceback.format_exc(limit=-2)
        if not place.database.exists():
            return Trial(not why, why=why)
        found = place.audit()
        why = why or "; ".join(found.problems)
        return Trial(not why, found.lost, found.doubled, why)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=FAULTS, metavar="FAULT", default=FAULTS)
    options = parser.parse_args()
    failed = 0
    print(f"{'fault':18} {'survived':>9} {'lost':>5} {'double-counted':>15}")
    for name in options.only:
        seeds = range(options.first_seed, options.first_seed + options.seeds)
        trials = [attempt(FAULTS[name], seed) for seed in seeds]
        survived = sum(trial.survived for trial in trials)
        failed += len(trials) - survived
        lost, doubled = sum(t.lost for t in trials), sum(t.doubled for t in trials)
        print(f"{name:18} {survived:4} of {len(trials):2} {lost:5} {doubled:15}", flush=True)
        for seed, trial in zip(seeds, trials, strict=True):
            if not trial.survived:
                print(f"  seed {seed}: {' '.join(trial.why.split())}", file=sys.stderr, flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

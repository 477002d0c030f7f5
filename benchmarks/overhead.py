"""What a campaign itself costs per iteration, where proposing and running take no time.

    python benchmarks/overhead.py --iterations 20000
    python benchmarks/overhead.py --iterations 20000 --bytes 8192
    python benchmarks/overhead.py --iterations 500 --value-model

An iteration is a candidate proposed, checked, run, stored and learnt from. Prints CPU
milliseconds and resident megabytes over each tenth of the campaign, the last thousand
iterations against the first (targets: below 1.3 times, below 10 ms), and what a thousand
candidates cost in memory. Runs execute in this process, and proposals are taken as they
come: the sandbox is measured apart, and so is the value model.

A second costs more on a busy machine, and the machine gets busier and quieter: so the same
piece of work is done every hundred iterations, outside of what is counted, and the ratio of
last and first is also given in units of what that took at the time.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import sqlite3
import tempfile
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from discover.evaluators.registry import load_domain
from discover.memory import campaigns, open_memory
from discover.memory.campaigns import NewCampaign
from discover.sandbox import Completion, Job, Usage
from discover.search.campaign.turns import Finished, Turn
from discover.search.lifecycle.restore import restore
from discover.search.lifecycle.start import assemble
from discover.search.limits.budget import Budget
from discover.search.limits.stop import Progress
from discover.search.setup.settings import Settings

DOMAIN = str(Path(__file__).with_name("instant_domain.py"))
EDGE = 1000
"""How many iterations at either end are compared."""
SAMPLED = 100
"""Iterations between two looks at memory and at how fast the machine is."""


class Bystander:
    """A session for runs that execute nothing."""

    isolation = "none"
    usage = Usage()


@dataclass
class InlineExecutor:
    """Runs every job in this process, when its result is asked for."""

    slots: int = 1
    isolation: str = "none"
    _jobs: deque[Job] = field(default_factory=deque)

    def submit(self, job: Job) -> None:
        self._jobs.append(job)

    def next(self, timeout: float | None = None) -> Completion | None:
        if not self._jobs:
            return None
        job = self._jobs.popleft()
        return Completion(job.id, job.work(Bystander()), None, Usage(), 0.0, self.isolation)

    def cancel(self, job_id: str) -> bool:
        return False

    def close(self) -> None:
        self._jobs.clear()


@dataclass
class Meter:
    """An observer that reads CPU time and memory at every iteration that ends."""

    cpu_s: list[float] = field(default_factory=lambda: [time.process_time()])
    rss: list[float] = field(default_factory=list)
    yardsticks: list[float] = field(default_factory=list)
    _apart: float = 0.0
    _process: psutil.Process = field(default_factory=psutil.Process)

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if isinstance(turn, Finished) and turn.tier == "quick":
            self.cpu_s.append(time.process_time() - self._apart)
            if len(self.cpu_s) % SAMPLED == 1:
                begun = time.process_time()
                self.rss.append(self._process.memory_info().rss / 1e6)
                self.yardsticks.append(yardstick())
                self._apart += time.process_time() - begun

    def ms(self, begin: int, end: int) -> float:
        """Mean CPU milliseconds of the iterations from `begin` to before `end`."""
        return 1000 * (self.cpu_s[end] - self.cpu_s[begin]) / (end - begin)

    def work(self, begin: int, end: int) -> float:
        """The same in units of the yardstick, as it was then."""
        then = self.yardsticks[begin // SAMPLED : max(1, end // SAMPLED)]
        return self.ms(begin, end) / (1000 * sum(then) / len(then))


def yardstick() -> float:
    """CPU seconds of a fixed piece of work like a campaign's: dicts, JSON, hashes, SQLite."""
    begun = time.process_time()
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, data TEXT)")
        for i in range(100):
            data = json.dumps({"number": i, "parts": [str(n) for n in range(20)]})
            id_ = hashlib.sha256(data.encode()).hexdigest()[:16]
            connection.execute("INSERT INTO t VALUES (?, ?)", (id_, data))
            ast.parse(f"x = {{{id_!r}: [{i}, {data!r}]}}")
    return time.process_time() - begun


def measure(iterations: int, path: Path, value_model: bool = False) -> Meter:
    """One campaign of so many iterations, with its memory in a file at `path`."""
    budget = Budget.parse(f"{4 * iterations}evals,1000h")
    settings = Settings(DOMAIN, budget, slots=1, value_model=value_model)
    meter = Meter()
    with open_memory(path) as memory:
        new = NewCampaign("instant", DOMAIN, "nearness", "max", 0, "none", settings.to_dict())
        campaign = assemble(
            campaigns.create(memory, new).id,
            settings,
            load_domain(DOMAIN),
            memory,
            InlineExecutor(),
            [meter],
            [lambda progress: "enough" if progress.evaluations >= iterations else None],
        )
        restore(campaign)
        print(campaign.search())
    return meter


def report(meter: Meter) -> None:
    count = len(meter.cpu_s) - 1
    tenth, edge = max(1, count // 10), min(EDGE, count // 2)
    print("iterations         CPU ms   resident MB")
    for begin in range(0, count - tenth + 1, tenth):
        end = begin + tenth
        mb = meter.rss[min(end // 100, len(meter.rss)) - 1] if meter.rss else float("nan")
        print(f"{begin:6} to {end:6}  {meter.ms(begin, end):8.3f}  {mb:12.1f}")
    first, last = meter.ms(0, edge), meter.ms(count - edge, count)
    print(
        f"the last {edge} against the first {edge}: {last:.3f} / {first:.3f} = {last / first:.2f}"
    )
    if len(meter.yardsticks) >= 2:
        first, last = meter.work(0, edge), meter.work(count - edge, count)
        print(f"in units of a fixed piece of work: {last:.3f} / {first:.3f} = {last / first:.2f}")
    if len(meter.rss) > 20:
        middle = len(meter.rss) // 2
        growth = (meter.rss[-1] - meter.rss[middle]) / (len(meter.rss) - 1 - middle) * 10
        print(f"memory grows by {growth:.2f} MB a thousand iterations over the second half")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--iterations", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, default=0, help="The size of a program.")
    parser.add_argument("--value-model", action="store_true", help="Screen proposals.")
    options = parser.parse_args()
    os.environ["DISCOVER_BENCH_BYTES"] = str(options.bytes)
    with tempfile.TemporaryDirectory() as folder:
        report(measure(options.iterations, Path(folder) / "overhead.db", options.value_model))


if __name__ == "__main__":
    main()

"""What a large memory costs: one stored evaluation, and the queries that people wait for.

    python benchmarks/memory.py --candidates 20000 --evaluations 200000

fills a memory through the same functions that a campaign uses, and prints CPU
milliseconds of this process, the median of some repetitions, and the size of the file.
The target (100,000 candidates, 1,000,000 evaluations) is under 2 ms for one evaluation.
`--keep FILE` keeps the memory, and measures it again where it exists.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

from discover.memory import (
    Memory,
    campaigns,
    candidates,
    evaluations,
    ledger,
    lineage,
    lookup,
    open_memory,
    standings,
    summaries,
    text_search,
)
from discover.memory.campaigns import NewCampaign
from discover.memory.check import check
from discover.memory.evaluations import Run
from discover.space import Candidate, Evaluation, Level, Status

WORDS = (
    "gated", "delta", "rule", "decay", "convolution", "short", "recall", "memory", "state",
    "update", "feature", "map", "normaliser", "read", "out", "write", "erase", "head", "mixer",
    "kernel", "rotation", "chunk", "scan", "residual",
)  # fmt: skip
METRICS = ("score", "recall", "loss", "parameters", "flops", "copy", "state_tracking", "latency")
LAST = 1000
"""Evaluations at the end of the filling that are timed one by one."""


def source_of(rng: Random, number: int) -> str:
    """About 3 KB of code."""
    lines = [
        f"    {rng.choice(WORDS)}_{i} = {rng.choice(WORDS)}(x, scale={rng.random():.3f})"
        for i in range(60)
    ]
    return "\n".join([f"def forward_{number}(x):", *lines, "    return x", ""])


def propose(memory: Memory, campaign: str, rng: Random, number: int, earlier: list[str]) -> str:
    source = source_of(rng, number)
    candidate = Candidate(
        id=f"{rng.getrandbits(64):016x}",  # the canonical hash is space's cost, not memory's
        source=source,
        parents=tuple(rng.sample(earlier, k=min(len(earlier), 1 + number % 2))),
        level=rng.choice(list(Level)),
        operator="mutate",
        idea=" ".join(rng.choices(WORDS, k=12)),
    )
    candidates.propose(memory, campaign, candidate, author="bench", decision=number)
    return candidate.id


def evaluate(memory: Memory, campaign: str, candidate: str, seed: int, rng: Random) -> None:
    evaluations.begin(memory, Run(campaign, candidate, "quick", seed))
    curve = [math.exp(-step / 20) + rng.random() / 10 for step in range(100)]
    evaluation = Evaluation(
        candidate, "quick", seed, Status.OK, metrics={name: rng.random() for name in METRICS},
        curves={"loss": curve}, wall_s=20.0, cpu_s=20.0, device_s=20.0, isolation="S3",
    )  # fmt: skip
    evaluations.finish(memory, campaign, evaluation)


def fill(memory: Memory, n_candidates: int, n_evaluations: int, rng: Random) -> list[float]:
    """Fill the memory; the CPU-seconds of each of the last evaluations."""
    per_campaign, seeds = 100, n_evaluations // n_candidates
    pool: list[str] = []
    campaign = ""
    times = []
    for number in range(n_candidates):
        if number % per_campaign == 0:
            new = NewCampaign("bench", "bench", "score", "max", number, "1h")
            campaign = campaigns.create(memory, new).id
        candidate = propose(memory, campaign, rng, number, pool[-per_campaign:])
        pool.append(candidate)
        for seed in range(seeds):
            begun = time.process_time()
            evaluate(memory, campaign, candidate, seed, rng)
            if (n_candidates - number) * seeds <= LAST:
                times.append(time.process_time() - begun)
    return times


def cpu_ms(work: Callable[[], object], repetitions: int = 5) -> float:
    """Median CPU milliseconds of `work`."""
    times = []
    for _ in range(repetitions):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return 1000 * median(times)


def queries(memory: Memory) -> dict[str, Callable[[], object]]:
    latest = campaigns.all_campaigns(memory, 1)[0]
    campaign, domain = latest.id, latest.domain
    candidate = next(iter(candidates.proposals(memory, campaign))).candidate.id
    return {
        "best 10 of a tier": lambda: standings.best(memory, domain, "quick"),
        "one candidate's evaluations": lambda: list(evaluations.of_candidate(memory, candidate)),
        "look up a prefix": lambda: lookup.candidate(memory, candidate[:10]),
        "lineage, 10 generations each way": lambda: (
            lineage.ancestors(memory, candidate, depth=10),
            lineage.descendants(memory, candidate, depth=10),
        ),
        "what a campaign spent": lambda: ledger.spent(memory, campaign),
        "what all campaigns spent": lambda: ledger.spent(memory),
        "a campaign's summary": lambda: summaries.summarise(memory, campaign),
        "list of 20 campaigns": lambda: [
            summaries.summarise(memory, c.id) for c in campaigns.all_campaigns(memory, 20)
        ],
        "counts of everything": lambda: summaries.totals(memory),
        "a campaign's evaluations, in order": lambda: list(
            evaluations.of_campaign(memory, campaign)
        ),
        "a campaign's candidates, in order": lambda: list(candidates.proposals(memory, campaign)),
        "text search, 3 common words": lambda: text_search.search(memory, "gated delta recall"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--evaluations", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, default=None, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "bench.db"
        filled = not path.exists()
        with open_memory(path) as memory:
            if filled:
                begun = time.process_time()
                times = fill(memory, options.candidates, options.evaluations, Random(0))
                total = time.process_time() - begun
                print(f"filled in {total:.0f} CPU-seconds")
                times.sort()
                print(f"{1000 * median(times):10.3f} ms  one evaluation (of the last {LAST})")
                print(f"{1000 * times[int(len(times) * 0.99)]:10.3f} ms  its 99th percentile")
        with open_memory(path, read_only=True) as memory:
            for name, work in queries(memory).items():
                print(f"{cpu_ms(work):10.3f} ms  {name}")
            print(f"{cpu_ms(lambda: check(memory), 1):10.0f} ms  check of everything")
            print(f"{path.stat().st_size / 1e6:10.0f} MB  {summaries.totals(memory)}")


if __name__ == "__main__":
    main()

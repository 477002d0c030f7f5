"""What it is worth that successive halving knows the noise of a tier: a simulation.

    python -m discover.benchmarks.promotion [--searches 1000]

Candidates are worth N(0, 1) at the cheap tier, whose results have `noise` added, and correlate with
the dear tier by `agreement`. A dear run costs `price` cheap ones. Shown is the true value at the
dear tier of what had the best result there, as a mean over searches, without and with the rule
that only what may be the best goes on; and the standard error of the difference.
"""

from __future__ import annotations

import argparse
from itertools import product
from math import sqrt
from random import Random
from statistics import fmean, stdev

from discover.search.campaign.learner import PROMOTED_SHARE
from discover.search.tiers.halving import SuccessiveHalving

DEAR_NOISE = 0.5
"""Of the cheap tier's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=1000)
    searches = range(parser.parse_args().searches)
    print("| agreement | price | noise | budget | by scores alone | knowing the noise | gain |")
    print("|---|---|---|---|---|---|---|")
    for agreement, price, noise, budget in product((0.9, 0.7), (4, 10), (0.1, 0.3, 1), (60, 200)):
        alone, knowing = (
            [_search(known, noise, agreement, price, budget, Random(i)) for i in searches]
            for known in (0.0, noise)
        )
        gains = [b - a for a, b in zip(alone, knowing, strict=True)]
        gain = f"{fmean(gains):+.3f} ± {stdev(gains) / sqrt(len(gains)):.3f}"
        cells = (agreement, price, noise, budget, f"{fmean(alone):.2f}", f"{fmean(knowing):.2f}")
        print(f"| {' | '.join(map(str, cells))} | {gain} |")


def _search(
    known: float, noise: float, agreement: float, price: float, budget: float, rng: Random
) -> float:
    halving = SuccessiveHalving([known, 0.0], PROMOTED_SHARE)
    worth: dict[str, float] = {}
    results: dict[str, float] = {}
    spent = 0.0
    while spent < budget:
        promotion = halving.next()
        if promotion is None:
            name = str(len(worth))
            worth[name] = rng.gauss(0, 1)
            halving.tell(name, 0, worth[name] + rng.gauss(0, noise))
            spent += 1
        else:
            name = promotion.candidate
            worth[name] = agreement * worth[name] + sqrt(1 - agreement**2) * rng.gauss(0, 1)
            results[name] = worth[name] + rng.gauss(0, DEAR_NOISE * noise)
            spent += price
    return worth[max(results, key=lambda name: results[name])]


if __name__ == "__main__":
    main()

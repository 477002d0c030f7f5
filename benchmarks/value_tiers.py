"""How well a value model predicts a dear tier: `python benchmarks/value_tiers.py [--seeds 10]`.

Tables with fidelities: NAS-Bench-201 after 12 and 200 epochs, NAS-Bench-NLP after 5 and 50. Of the
rows that ran cheaply, the best quarter ran dearly too. Kendall's tau with dear scores of 500 other
rows (`new`), by the model of the cheap tier alone, of the dear results alone, and of both; of the
rows that ran cheaply only (`cheap`), by their cheap scores and by both. Then the gain of both over
the cheap tier's model on `new`, paired, and the coverage of its 90 % intervals there.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from discover.evaluators.tabular import TabularDomain
from discover.value_model import Prediction, Sample, Tiered, ValueModel
from discover.value_model.calibration import Coverage
from discover.value_model.describer import Describer
from discover.value_model.learning import rank_correlation

SPECS = Path(__file__).resolve().parents[1] / "examples" / "tables"
TABLES = (
    ("nasbench201-cifar10", 12, 200),
    ("nasbench201-cifar100", 12, 200),
    ("nasbench201-imagenet16", 12, 200),
    ("nasbench-nlp", 5, 50),
)
SIZES = ((50, 12), (100, 25))
"""Cheap and dear results."""
NEW = 500

Array = NDArray[np.float64]


class Trial(NamedTuple):
    """Taus of the columns above, in their order but for the gain."""

    cheap: float
    dear: float
    both: float
    coverage: float
    score: float
    ran: float


class Table:
    """A table whose first fidelity counts as a cheap tier, and a later one as a dear one."""

    def __init__(self, name: str, tables: Path | None, cheap: int, dear: int) -> None:
        self.domain = TabularDomain.load(SPECS / f"{name}.yaml", tables)
        sign = self.domain.objectives[0].sign
        steps = self.domain.table.fidelities
        self.scores = {
            "cheap": sign * np.asarray(steps[cheap], float),
            "dear": sign * np.asarray(steps[dear], float),
        }
        self.describer = Describer()

    def samples(self, rows: Sequence[int], tier: str) -> list[Sample]:
        known = [self.domain.candidate(self.domain.table.genomes[row]) for row in rows]
        return [Sample(c, self.domain.name, tier, self.domain.free(c)) for c in known]

    def tau(self, rows: Sequence[int], guesses: Sequence[Prediction] | Array) -> float:
        means = np.array([g.mean if isinstance(g, Prediction) else g for g in guesses])
        return rank_correlation(means, self.scores["dear"][rows])

    def trial(self, cheap_runs: int, dear_runs: int, seed: int) -> Trial:
        cheap, dear = self.scores["cheap"], self.scores["dear"]
        rows = np.flatnonzero(np.isfinite(cheap) & np.isfinite(dear))
        rows = np.random.default_rng((seed, cheap_runs)).permutation(rows)
        ran, new = rows[:cheap_runs], rows[cheap_runs : cheap_runs + NEW]
        order = np.argsort(-cheap[ran])
        best, rest = ran[order[:dear_runs]], ran[order[dear_runs:]]
        both = Tiered(ValueModel(seed=seed, describer=self.describer))
        samples = self.samples(ran, "cheap") + self.samples(best, "dear")
        both.fit(samples, [*cheap[ran], *dear[best]])
        alone = ValueModel(seed=seed, describer=self.describer)
        alone.fit(self.samples(best, "dear"), dear[best].tolist())
        guesses = both.predict(self.samples(new, "dear"))
        coverage = Coverage.measure(
            dear[new], [g.mean for g in guesses], [g.spread for g in guesses]
        )
        return Trial(
            cheap=self.tau(new, both.predict(self.samples(new, "cheap"))),
            dear=self.tau(new, alone.predict(self.samples(new, "dear"))),
            both=self.tau(new, guesses),
            coverage=coverage.at(0.9),
            score=self.tau(rest, cheap[rest]),
            ran=self.tau(rest, both.predict(self.samples(rest, "dear"))),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--tables", type=Path, help="where the tables lie")
    options = parser.parse_args()
    print(
        "| table | cheap, dear | new: cheap tier | dear results | both | gain | coverage |", end=""
    )
    print(" cheap: score | both |\n|---|---|---|---|---|---|---|---|---|")
    for name, cheap, dear in TABLES:
        table = Table(name, options.tables, cheap, dear)
        for size in SIZES:
            trials = np.array([table.trial(*size, seed) for seed in range(options.seeds)])
            mean = Trial(*trials.mean(axis=0))
            gains = trials[:, Trial._fields.index("both")] - trials[:, 0]
            error = gains.std(ddof=1) / np.sqrt(len(gains))
            print(
                f"| {name} | {size[0]}, {size[1]} | {mean.cheap:.3f} | {mean.dear:.3f} | "
                f"{mean.both:.3f} | {gains.mean():+.3f} ± {error:.3f} | {mean.coverage:.2f} | "
                f"{mean.score:.3f} | {mean.ran:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

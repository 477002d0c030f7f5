"""What the value model costs, in CPU-seconds: `python benchmarks/value_cost.py [--table NAME]`.

Also printed is a product of two 1,000 x 1,000 matrices in single precision on the same
thread, so that figures of one machine may be compared with those of another.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

from discover.evaluators.tabular import TabularDomain
from discover.value_model import Sample, ValueModel

SPECS = Path(__file__).resolve().parents[1] / "examples" / "tables"
RESULTS = NEW = 1000


def cpu_s(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", default="nasbench201-cifar100")
    parser.add_argument("--tables", type=Path, help="where the tables lie")
    options = parser.parse_args()
    domain = TabularDomain.load(SPECS / f"{options.table}.yaml", options.tables)
    rng = np.random.default_rng(0)
    rows = rng.permutation(np.flatnonzero(np.isfinite(domain.table.scores)))[: 1 + RESULTS + NEW]
    candidates = [domain.candidate(domain.table.genomes[row]) for row in rows]
    samples = [Sample(c, domain.name, "standard", domain.free(c)) for c in candidates]
    known, scores = samples[: RESULTS + 1], domain.table.scores[rows[: RESULTS + 1]].tolist()
    asked = samples[RESULTS + 1 :]
    model = ValueModel()
    model.fit(known[:8], scores[:8])  # imports
    matrix = rng.normal(size=(1000, 1000)).astype(np.float32)
    figures = {
        "product of matrices": cpu_s(lambda: matrix @ matrix),
        f"first fit to {RESULTS} results": cpu_s(
            lambda: model.fit(known[:RESULTS], scores[:RESULTS])
        ),
        "one result more": cpu_s(lambda: model.fit(known, scores)),
        f"prediction of {len(asked)} new candidates": cpu_s(lambda: model.predict(asked)),
        "prediction of the same again": cpu_s(lambda: model.predict(asked)),
    }
    for name, seconds in figures.items():
        print(f"{name:36} {seconds:6.3f}")


if __name__ == "__main__":
    main()

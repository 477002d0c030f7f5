"""The frozen figures that scores are measured against, and those of the references.

The file is made by `discover calibrate` (see calibrate.py) and never typed by hand: its
"runs" were measured, everything else in it follows from them.
"""

from __future__ import annotations

import functools
import hashlib
import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..domain import DomainError
from . import corpus
from .score import PARTS, Anchor, scores
from .tiers import EXAMS, PROTOCOL

SCHEMA = 1
PATH = Path(__file__).with_name("calibration.json")
IDENTITY = "identity"
HINT = "run `discover calibrate --domain linear-attention`"

Runs = dict[str, dict[str, dict[str, Any]]]
"""Tier, reference, seed (as text) to a record: candidate id, raw metrics, CPU-seconds."""


class CalibrationError(DomainError):
    """There are no figures to score against; the message is one line for the user."""


@dataclass(frozen=True)
class Spread:
    """Median, standard deviation and number of what seeds gave."""

    median: float
    std: float
    seeds: int


@dataclass(frozen=True)
class Calibration:
    """Measured runs of the references, and what follows from them."""

    runs: Runs = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    """Where it was measured: date, versions, hash of the corpus."""

    def covers(self, tier: str) -> bool:
        """Whether enough of a tier was measured to score against."""
        return IDENTITY in self.runs.get(tier, {}) and len(self.runs[tier]) > 1

    def anchors(self, tier: str) -> dict[str, Anchor]:
        """The anchor of every task of the composite. Raises CalibrationError.

        Identity's loss is its median over seeds. The floor is what no causal predictor
        beats, where that is known, and else the best reference's median.
        """
        if not self.covers(tier):
            raise CalibrationError(f"tier {tier} is not calibrated: {HINT} --tier {tier}")
        medians = {name: self._medians(tier, name) for name in self.runs[tier]}
        found = {}
        for exam in EXAMS[tier]:
            if exam.name in PARTS:
                column = f"{exam.name}_loss"
                floor = exam.task.expected_floor()
                if floor is None:
                    floor = min(metrics[column] for metrics in medians.values())
                found[exam.name] = Anchor(medians[IDENTITY][column], floor)
        return found

    def scored(self, tier: str) -> Iterator[tuple[str, int, dict[str, float]]]:
        """Reference, seed and all metrics of every run of a tier."""
        anchors = self.anchors(tier)
        for name, by_seed in self.runs[tier].items():
            for seed, record in by_seed.items():
                raw = record["metrics"]
                yield name, int(seed), {**scores(raw, anchors), **raw, "cpu_s": record["cpu_s"]}

    def table(self, tier: str) -> dict[str, dict[str, Spread]]:
        """Every reference's metrics over its seeds, best median score first."""
        collected: dict[str, dict[str, list[float]]] = {}
        for name, _, metrics in self.scored(tier):
            for metric, value in metrics.items():
                collected.setdefault(name, {}).setdefault(metric, []).append(value)
        rows = {
            name: {metric: _spread(values) for metric, values in metrics.items()}
            for name, metrics in collected.items()
        }
        return dict(sorted(rows.items(), key=lambda row: -row[1]["score"].median))

    def differences(self) -> str:
        """One line on what differs here from where this was measured; empty if nothing."""
        measured = self.origin.get("corpus")
        if measured in (None, corpus.load().sha256):
            return ""
        return (
            f"calibration.json was measured on the help topics of Python "
            f"{self.origin.get('python')}, which differ from this Python's: the shipped figures "
            f"of the references are approximate here; to measure your own, {HINT}"
        )

    def _medians(self, tier: str, name: str) -> dict[str, float]:
        records = list(self.runs[tier][name].values())
        return {
            metric: statistics.median(record["metrics"][metric] for record in records)
            for metric in records[0]["metrics"]
        }


def _spread(values: list[float]) -> Spread:
    std = statistics.stdev(values) if len(values) > 1 else 0.0
    return Spread(statistics.median(values), std, len(values))


def fingerprint() -> str:
    """A hash of the protocol: its number, every tier's training, and samples of the data.

    The byte text is left out: it belongs to the Python that runs, and is compared apart.
    """
    digest = hashlib.sha256(f"protocol {PROTOCOL}".encode())
    for tier, exams in EXAMS.items():
        for exam in exams:
            task = exam.task
            plan = (tier, task.name, task.vocab, task.length, task.batch, task.held_out_rows)
            digest.update(repr((*plan, exam.steps, exam.rates, exam.seeds)).encode())
            if task.by_hash:
                digest.update(task.sample())
    return digest.hexdigest()[:16]


@functools.cache
def load(path: Path = PATH) -> Calibration:
    """Read the shipped file. Raises CalibrationError, with what to do, in one line."""
    if not path.is_file():
        raise CalibrationError(f"linear-attention is not calibrated: {HINT}")
    try:
        data = json.loads(path.read_text())
        schema, found, runs = data["schema"], data["fingerprint"], data["runs"]
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationError(f"{path.name} cannot be read ({error}): {HINT}") from error
    if schema != SCHEMA or found != fingerprint():
        raise CalibrationError(f"{path.name} was measured with other tiers or data: {HINT}")
    return Calibration(runs, data["origin"])


def save(calibration: Calibration, path: Path = PATH) -> None:
    """Write the file whole, or not at all."""
    tables = {tier: _derived(calibration, tier) for tier in calibration.runs}
    data = {
        "schema": SCHEMA,
        "fingerprint": fingerprint(),
        "origin": dict(calibration.origin),
        "tiers": tables,
        "runs": calibration.runs,
    }
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(data, indent=1) + "\n")
    partial.replace(path)


def _derived(calibration: Calibration, tier: str) -> dict[str, Any]:
    """Anchors and table of a tier, for people who read the file; code derives its own."""
    try:
        anchors, table = calibration.anchors(tier), calibration.table(tier)
    except CalibrationError:
        return {}
    return {
        "anchors": {task: vars(anchor) for task, anchor in anchors.items()},
        "references": {
            name: {
                metric: [round(s.median, 4), round(s.std, 4), s.seeds] for metric, s in row.items()
            }
            for name, row in table.items()
        },
    }

"""Measuring the references, so that scores have something to be measured against."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...sandbox import Executor, Job, Limits, Session
from ...space import Candidate
from ..slots import work_off
from . import calibration as frozen
from . import corpus
from .calibration import PATH, Calibration, CalibrationError
from .exam import sit
from .score import raw_metrics
from .tiers import EXAMS, TIERS


@dataclass(frozen=True)
class Progress:
    """One reference's run as it ended; `error` is empty where it went well."""

    tier: str
    reference: str
    seed: int
    done: int
    total: int
    metrics: Mapping[str, float]
    cpu_s: float
    error: str = ""


def calibrate(
    executor: Executor,
    references: Mapping[str, Candidate],
    tiers: Sequence[str] = ("quick",),
    seeds: Sequence[int] = (0, 1, 2),
    *,
    path: Path = PATH,
    fresh: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Calibration:
    """Measure what is missing and write the file after each run.

    Interrupted, it goes on where it stopped. A run is missing where the file has none of
    this program, tier and seed; `fresh` measures everything again, as does a change of
    the protocol, of the byte text, or of torch.
    """
    calibration = Calibration({}, _origin()) if fresh else _resumed(path)
    missing = [
        (tier, name, seed)
        for tier in tiers
        for seed in seeds
        for name in references
        if not _has(calibration, tier, name, seed, references[name].id)
    ]
    limits = {tier.name: _patient(tier.limits) for tier in TIERS}
    jobs = [
        Job(
            f"{tier}/{name}/{seed}",
            functools.partial(measure, references[name].source, tier, seed),
            limits[tier],
        )
        for tier, name, seed in missing
    ]
    for done, completion in enumerate(work_off(executor, jobs), start=1):
        tier, name, seed = _parse(completion.job_id)
        cpu_s = round(completion.usage.cpu_s, 3)
        if completion.error is None:
            record = {
                "candidate": references[name].id,
                "metrics": completion.value,
                "cpu_s": cpu_s,
                "isolation": completion.isolation,
            }
            calibration.runs.setdefault(tier, {}).setdefault(name, {})[str(seed)] = record
            frozen.save(calibration, path)
        error = "" if completion.error is None else str(completion.error)
        report(Progress(tier, name, seed, done, len(missing), completion.value or {}, cpu_s, error))
    frozen.load.cache_clear()
    return calibration


def measure(source: str, tier: str, seed: int, session: Session) -> dict[str, float]:
    """The raw metrics of one run, before any anchor."""
    return raw_metrics(sit(EXAMS[tier], source, seed, session))


def _patient(limits: Limits) -> Limits:
    """References are known to end: a busy machine must not cut them off."""
    return replace(limits, wall_s=6 * limits.wall_s)


def _parse(job_id: str) -> tuple[str, str, int]:
    tier, rest = job_id.split("/", 1)
    name, seed = rest.rsplit("/", 1)
    return tier, name, int(seed)


def _has(calibration: Calibration, tier: str, name: str, seed: int, candidate: str) -> bool:
    record: dict[str, Any] = calibration.runs.get(tier, {}).get(name, {}).get(str(seed), {})
    return record.get("candidate") == candidate


def _resumed(path: Path) -> Calibration:
    """What `path` holds, where it was measured under the same conditions."""
    origin = _origin()
    try:
        frozen.load.cache_clear()
        found = frozen.load(path)
    except CalibrationError:
        return Calibration({}, origin)
    same = all(found.origin.get(key) == origin[key] for key in ("torch", "corpus"))
    return Calibration(dict(found.runs), origin) if same else Calibration({}, origin)


def _origin() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
        "machine": platform.machine(),
        "corpus": corpus.load().sha256,
    }

"""Samples with their scores as a file that others can learn from: gzipped JSON lines."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from ..space import Blueprint, Candidate, Level
from .contract import Sample

MAX_BYTES = 256 * 2**20
"""A file that unpacks to more is refused."""

_MISFITS = (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading as a sample what is none may raise."""


class DatasetError(ValueError):
    """A file that is no data set; the message is one line that names it and the line."""


@dataclass(frozen=True)
class Dataset:
    """What a value model learns from. Higher scores are better."""

    samples: tuple[Sample, ...]
    scores: tuple[float, ...]

    def merged(self) -> Dataset:
        """Each candidate once for a domain and tier, with the median of its scores.

        Of its histories the first with a parent counts, and of its free figures the most.
        """
        found: dict[tuple[str, str, str], list[tuple[Sample, float]]] = {}
        for sample, score in zip(self.samples, self.scores, strict=True):
            key = (sample.domain, sample.tier, sample.candidate.id)
            found.setdefault(key, []).append((sample, score))
        samples = []
        for pairs in found.values():
            known = [sample for sample, _ in pairs]
            first = next((s for s in known if s.parent_score is not None), known[0])
            samples.append(replace(first, free=max((s.free for s in known), key=len)))
        scores = [median(score for _, score in pairs) for pairs in found.values()]
        return Dataset(tuple(samples), tuple(scores))

    def save(self, path: Path) -> None:
        """Write to `path`; the same data give the same bytes. Raises OSError."""
        lines = [
            json.dumps({"score": score, **_to_dict(sample)}, sort_keys=True)
            for sample, score in zip(self.samples, self.scores, strict=True)
        ]
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data, mtime=0))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """Read what `save` wrote. Raises DatasetError, or OSError where `path` is unreadable."""
        samples, scores = [], []
        for number, line in enumerate(_lines(path), start=1):
            try:
                data = json.loads(line)
                score = float(data["score"])
                if not math.isfinite(score):
                    raise ValueError("score is not finite")
                samples.append(_from_dict(data))
                scores.append(score)
            except _MISFITS as error:
                raise DatasetError(f"{path} line {number}: not a sample ({error!r:.80})") from None
        return cls(tuple(samples), tuple(scores))


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as raw:
        try:
            with gzip.open(raw) as file:
                data = file.read(MAX_BYTES + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DatasetError(f"{path}: not a gzipped data set ({error})") from None
    if len(data) > MAX_BYTES:
        raise DatasetError(f"{path}: more than {MAX_BYTES} bytes")
    return (line for line in data.decode("utf-8", "replace").split("\n") if line)


def _to_dict(sample: Sample) -> dict[str, Any]:
    candidate = sample.candidate
    return {
        "id": candidate.id,
        "source": candidate.source,
        "blueprint": candidate.blueprint.to_dict() if candidate.blueprint else None,
        "parents": list(candidate.parents),
        "level": candidate.level,
        "operator": candidate.operator,
        "idea": candidate.idea,
        "domain": sample.domain,
        "tier": sample.tier,
        "free": dict(sample.free),
        "parent_score": sample.parent_score,
        "trend": sample.trend,
    }


def _from_dict(data: Mapping[str, Any]) -> Sample:
    candidate = Candidate(
        id=str(data["id"]),
        source=str(data["source"]),
        blueprint=Blueprint.from_dict(data["blueprint"]) if data["blueprint"] else None,
        parents=tuple(map(str, data["parents"])),
        level=Level(data["level"]) if data["level"] else None,
        operator=str(data["operator"]),
        idea=str(data["idea"]),
    )
    parent, trend = data["parent_score"], data.get("trend")  # older files have no trend
    return Sample(
        candidate,
        domain=str(data["domain"]),
        tier=str(data["tier"]),
        free={str(name): float(value) for name, value in data["free"].items()},
        parent_score=None if parent is None else float(parent),
        trend=None if trend is None else float(trend),
    )

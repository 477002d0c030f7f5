"""Samples with their scores as a file that others can learn from: gzipped JSON lines."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from .contract import Sample
from .record import from_line, to_line

MAX_BYTES = 256 * 2**20
"""A file that unpacks to more is refused."""


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
        lines = map(to_line, self.samples, self.scores)
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data, mtime=0))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """Read what `save` wrote. Raises DatasetError, or OSError where `path` is unreadable."""
        samples, scores = [], []
        for number, line in enumerate(_lines(path), start=1):
            if not line:
                continue
            try:
                sample, score = from_line(line)
            except ValueError as error:
                raise DatasetError(f"{path} line {number}: {error}") from None
            samples.append(sample)
            scores.append(score)
        return cls(tuple(samples), tuple(scores))


def _lines(path: Path) -> list[str]:
    with path.open("rb") as raw:
        try:
            with gzip.open(raw) as file:
                data = file.read(MAX_BYTES + 1)
        except EOFError:
            raise DatasetError(f"{path}: not a whole data set: it ends too early") from None
        except (gzip.BadGzipFile, zlib.error):
            raise DatasetError(f"{path}: not what `discover value train` wrote") from None
    if len(data) > MAX_BYTES:
        raise DatasetError(f"{path}: a data set unpacks to at most {MAX_BYTES} bytes")
    return data.decode("utf-8", "replace").split("\n")

"""The structured log of a campaign: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ..search.campaign.turns import Observer, Tick, Turn
from ..search.limits.stop import Progress
from .border import complain, users_file


@dataclass
class JsonLines:
    """Appends every turn but the ticks. Falls silent, and says so once, where it cannot write.

    A line holds `time` (UTC), `kind`, `message`, what else the turn carries, and `spent`
    by unit with `evaluations` that ended.
    """

    file: TextIO
    broken: bool = False

    def __call__(self, turn: Turn, progress: Progress) -> None:
        if isinstance(turn, Tick) or self.broken:
            return
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "kind": turn.kind,
            "message": turn.message,
            **asdict(turn),
            "spent": {unit.value: round(amount, 3) for unit, amount in progress.spent.items()},
            "evaluations": progress.evaluations,
        }
        try:
            print(json.dumps(line, default=str), file=self.file, flush=True)
        except OSError as error:
            self.broken = True
            complain(f"no log any more: {self.file.name}: {error.strerror}")


@contextmanager
def logging_to(path: Path | None) -> Iterator[list[Observer]]:
    """The observer that logs to the end of `path`; none where no path is given."""
    if path is None:
        yield []
        return
    with users_file(path):
        opened = path.open("a", encoding="utf-8")
        if _is_cut_off(path):
            opened.write("\n")
    try:
        yield [JsonLines(opened)]
    finally:
        with suppress(OSError):  # what could not be written was said already
            opened.close()


def _is_cut_off(path: Path) -> bool:
    """Whether the file ends within a line, as a full disk leaves it; pipes and the like do not."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"

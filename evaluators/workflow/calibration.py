"""What the references scored inside a model that ships: measured once, and never typed by hand.

benchmarks/workflow_calibration.py makes the file. The items there were another machine's, drawn
from the same tasks: each figure stands with its interval over items, as any score does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True)
class Calibration:
    """Metrics of the references under one `protocol`: they hold under no other.

    `origin` says when they were measured. `runs` have the id of each reference's candidate, and
    its metrics.
    """

    protocol: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def metrics(self, protocol: str, references: Mapping[str, str]) -> dict[str, dict[str, float]]:
        """By reference; empty under another `protocol`.

        `references` are ids of candidates by name: one whose program has changed since is left out.
        """
        if protocol != self.protocol:
            return {}
        return {
            name: dict(run["metrics"])
            for name, run in self.runs.items()
            if references.get(name) == run["candidate"]
        }


@cache
def load(path: Path = PATH) -> Calibration:
    """What ships; nothing where there is no file."""
    return Calibration(**json.loads(path.read_text())) if path.is_file() else Calibration()


def save(calibration: Calibration, path: Path = PATH) -> None:
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n")

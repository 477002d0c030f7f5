"""The toy domain with runs that show early how they end: each point takes its time."""

from __future__ import annotations

import time
from pathlib import Path

from discover.evaluators.domain import Measurement, Objective, Tier
from discover.evaluators.registry import load_domain
from discover.sandbox import Limits

TOY = load_domain(str(Path(__file__).with_name("toy.py")))
STEPS = [1, 2, 4, 8, 16]
STEP_S = 0.002


class Curved(type(TOY)):
    name = "curved"
    tiers = (Tier("quick", Limits(wall_s=5, cpu_s=5), 0.03),)
    objectives = (Objective("distance", "min"),)

    def last_step(self, tier):
        return STEPS[-1]

    def run_watched(self, candidate, tier, seed, session, watch):
        x, y = candidate.blueprint["x"], candidate.blueprint["y"]
        end, curve = float((x - 7) ** 2 + (y - 3) ** 2), []
        for step in STEPS:
            time.sleep(STEP_S * step / 16)
            curve.append(end + 5 / step)
            watch(STEPS[: len(curve)], curve)
        return Measurement({"distance": curve[-1]}, {"distance": curve})

    def run(self, candidate, tier, seed, session):
        return self.run_watched(candidate, tier, seed, session, lambda steps, scores: None)


domain = Curved

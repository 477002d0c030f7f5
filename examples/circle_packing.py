"""Pack 26 circles into the unit square so that the sum of their radii is as large as possible.

discover --domain examples/circle_packing.py --budget 10m
"""

from typing import ClassVar

import numpy as np

from discover.evaluators.program import ProgramDomain, require
from discover.sandbox import ArraySpec

CIRCLES = 26
TOLERANCE = 1e-9

GRID = """
def pack(n):
    columns = 6
    radius = 0.5 / columns
    return [
        (radius * (2 * (i % columns) + 1), radius * (2 * (i // columns) + 1), radius)
        for i in range(n)
    ]
"""


class CirclePacking(ProgramDomain):
    name = "circle-packing"
    brief = "Define `pack(n)`: n circles (x, y, radius) in the unit square that do not overlap. "
    brief += "Maximise the sum of radii for n = 26. Pure Python and numpy; 20 s."
    functions = ("pack",)
    programs: ClassVar = {"grid": GRID}

    def measure(self, worker, tier, seed):
        wanted = {"value": ArraySpec("float64", (CIRCLES, 3))}
        circles = worker.call("call", function="pack", args=[CIRCLES], returns=wanted)["value"]
        require(bool(np.isfinite(circles).all()), "a circle is not finite")
        centre, radius = circles[:, :2], circles[:, 2]
        require(bool((radius >= 0).all()), "a radius is negative")
        wall = np.minimum(centre, 1 - centre).min(axis=1) - radius
        gap = np.linalg.norm(centre[:, None] - centre, axis=2) - radius[:, None] - radius
        gap = gap[np.triu_indices(CIRCLES, 1)]
        require(wall.min() >= -TOLERANCE, f"a circle leaves the square by {-wall.min():.3g}")
        require(gap.min() >= -TOLERANCE, f"two circles overlap by {-gap.min():.3g}")
        return {"score": float(radius.sum())}
